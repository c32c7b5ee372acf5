using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Retort.Server.Telemetry;

/// <summary>
/// Where metrics and traces go: metrics to <c>/metrics</c> in Prometheus' format, and both over OTLP where OTEL_EXPORTER_OTLP_ENDPOINT, or the variable of one of them, says to whom; OpenTelemetry's other variables hold, too.
/// </summary>
internal static class Exporting
{
    public static void Add(IServiceCollection services)
    {
        bool all = IsSet("OTEL_EXPORTER_OTLP_ENDPOINT");
        OpenTelemetry.OpenTelemetryBuilder telemetry = services.AddOpenTelemetry();
        if (!IsSet("OTEL_SERVICE_NAME"))
            telemetry.ConfigureResource(resource => resource.AddService("retort"));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(ServerMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel").AddRuntimeInstrumentation().AddPrometheusExporter();
            if (all || IsSet("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"))
                metrics.AddOtlpExporter();
        });
        if (all || IsSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
            telemetry.WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddOtlpExporter());
    }

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}
