using System.Net.Security;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.ObjectPool;
using Retort.Server.Cascade;
using Retort.Server.Classify;
using Retort.Server.Models;
using Retort.Server.Page;
using Retort.Server.Protocol;
using Retort.Server.Requests;
using Retort.Server.Security;
using Retort.Server.Telemetry;

namespace Retort.Server;

/// <summary>A server of students, started. Disposing stops it at once; <see cref="StopAsync"/> lets requests finish.</summary>
public sealed class RetortServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ServerOptions _options;

    private RetortServer(WebApplication app, ServerOptions options) => (_app, _options) = (app, options);

    /// <summary>The addresses that it listens on; the first is HTTP's.</summary>
    public IReadOnlyList<string> Addresses => [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    /// <summary>The models, in one line each.</summary>
    public IReadOnlyList<string> Models => [.. Store.Current.Select(model =>
        $"{model.Name} {model.Version}: {model.Labels.Count} classes{(model.Teacher is null ? "" : model.Cascade!.Threshold > 1 ? ", the teacher for every text" : FormattableString.Invariant($", the teacher below a confidence of {model.Cascade.Threshold:0.####}"))}")];

    internal ModelStore Store => _app.Services.GetRequiredService<ModelStore>();

    internal IServiceProvider Services => _app.Services;

    /// <summary>Loads the models and listens.</summary>
    /// <exception cref="ServerOptionException">A model, a key or a certificate cannot be loaded, or an option is out of its range.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<RetortServer> StartAsync(ServerOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        WebApplication app = Build(options);
        try
        {
            // Whatever cannot be loaded is told before a port is opened.
            _ = app.Services.GetRequiredService<ApiKeys>();
            _ = app.Services.GetRequiredService<Certificates>();
            _ = app.Services.GetRequiredService<ModelStore>();
            _ = app.Services.GetRequiredService<ServerMetrics>();
            await app.StartAsync(cancellation).ConfigureAwait(false);
            return new RetortServer(app, options);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Says that it is not ready, waits until balancers have turned away, then finishes what is under way and stops.</summary>
    public async Task StopAsync()
    {
        _app.Services.GetRequiredService<ServerState>().Drain();
        await Task.Delay(_options.DrainDelay).ConfigureAwait(false);
        using var late = new CancellationTokenSource(_options.DrainTime);
        await _app.StopAsync(late.Token).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static WebApplication Build(ServerOptions options)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning).AddFilter("Retort", LogLevel.Information);
        // What a request says is nobody's business but its sender's.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Error);
        // It has nothing to tell that Guard does not, and makes an Activity a request while it may speak.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, options));
        AddServices(builder.Services, options);
        WebApplication app = builder.Build();
        Map(app, options);
        return app;
    }

    private static void AddServices(IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton(options).AddSingleton(options.Limits);
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTime);
        services.AddSingleton<TimeProvider>(new MonotonicTime(TimeProvider.System));
        services.AddSingleton(provider => ModelStore.Load(options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ModelStore>>()));
        services.AddSingleton<ServerState>().AddSingleton<ApiKeys>().AddSingleton<Certificates>().AddSingleton<Hosts>();
        services.AddSingleton<RequestBody>().AddSingleton<WorkGate>().AddSingleton<ServerMetrics>();
        services.AddSingleton<Classifying>().AddSingleton<ClassifyStream>().AddSingleton<ClassifyEndpoint>().AddSingleton<InferEndpoint>().AddSingleton<ModelsEndpoint>();
        services.AddSingleton<ObjectPool<Workspace>>(_ => new DefaultObjectPool<Workspace>(new WorkspacePolicy(), 4 * Environment.ProcessorCount));
        services.AddHostedService<ReloadService>();
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.Limits.BodyBytes;
            // Else any path of two parts would be taken for a service.
            grpc.IgnoreUnknownServices = true;
        });
        services.AddSingleton<InferenceService>();
        Exporting.Add(services);
    }

    private static void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        ServerLimits limits = options.Limits;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.MaxRequestBodySize = limits.BodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestLineSize = 4 << 10;
        kestrel.Limits.RequestHeadersTimeout = limits.HeaderTime;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(limits.BytesPerSecond, TimeSpan.FromSeconds(5));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(limits.BytesPerSecond, TimeSpan.FromSeconds(5));
        kestrel.Limits.Http2.MaxStreamsPerConnection = 100;
        Certificates certificates = kestrel.ApplicationServices.GetRequiredService<Certificates>();
        kestrel.Listen(options.Address, options.Port, listen =>
        {
            // Without TLS there is nothing by which HTTP/1.1 and HTTP/2 could be told apart on one port.
            listen.Protocols = certificates.Current is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (certificates.Current is not null)
                listen.UseHttps(Tls(certificates));
        });
        if (options.GrpcPort is { } port)
        {
            kestrel.Listen(options.Address, port, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                if (certificates.Current is not null)
                    listen.UseHttps(Tls(certificates));
            });
        }
    }

    private static TlsHandshakeCallbackOptions Tls(Certificates certificates) => new()
    {
        OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(new SslServerAuthenticationOptions { ServerCertificateContext = certificates.Current }),
    };

    private static void Map(WebApplication app, ServerOptions options)
    {
        app.UseMiddleware<Guard>();
        app.UseMiddleware<GrpcBodies>();
        app.UseRouting();
        T Endpoint<T>()
            where T : notnull => app.Services.GetRequiredService<T>();
        app.MapPost("/v1/classify", context => Endpoint<ClassifyEndpoint>().HandleAsync(context));
        app.MapGet("/v1/models", context => Endpoint<ModelsEndpoint>().HandleAsync(context));
        foreach (string model in (string[])["/v2/models/{model}", "/v2/models/{model}/versions/{version}"])
        {
            app.MapGet(model, context => Endpoint<InferEndpoint>().MetadataAsync(context));
            app.MapGet($"{model}/ready", context => Endpoint<InferEndpoint>().ReadyAsync(context));
            app.MapPost($"{model}/infer", context => Endpoint<InferEndpoint>().InferAsync(context));
        }
        ServerState state = app.Services.GetRequiredService<ServerState>();
        app.MapGet("/v2", context => SayAsync(context, $$"""{"name":"{{ServerState.Name}}","version":"{{ServerState.ApiVersion}}","extensions":[]}"""));
        app.MapGet("/v2/health/live", context => SayAsync(context, """{"live":true}"""));
        app.MapGet("/v2/health/ready", context =>
        {
            context.Response.StatusCode = state.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return SayAsync(context, state.IsReady ? """{"ready":true}""" : """{"ready":false}""");
        });
        app.MapGrpcService<InferenceService>();
        app.MapPrometheusScrapingEndpoint("/metrics");
        PageEndpoint.Map(app, options.Page);
    }

    private static Task SayAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json, context.RequestAborted);
    }

    private sealed class WorkspacePolicy : IPooledObjectPolicy<Workspace>
    {
        public Workspace Create() => new();

        public bool Return(Workspace obj) => obj.Reset();
    }

    /// <summary>Signals are the business of whoever starts the server.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
