using System.CommandLine;
using System.Net;
using Retort.Server.Cascade;

namespace Retort.Server;

/// <summary>The options of <c>retort serve</c>, which are those of the server's own program too.</summary>
public static class ServeCommand
{
    // A day: more than any of these can mean, and within what timers take.
    private const double MostSeconds = 86_400;

    private const string KeysVariable = "RETORT_API_KEYS";

    private static readonly ServerOptions Defaults = new() { Models = [] };

    private static readonly Argument<string[]> Students = new("student") { Description = "Folders of students, each as FOLDER or NAME=FOLDER", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string[]> Cascades = Several("--cascade", "[name=]folder", "A folder that `retort cascade` wrote; with several students NAME=FOLDER");
    private static readonly Option<string> Host = One("--host", "address", "IP address to listen on", "127.0.0.1");
    private static readonly Option<int> Port = One("--port", "number", "Port of HTTP; 0: any free one", Defaults.Port);
    private static readonly Option<int?> GrpcPort = One<int?>("--grpc-port", "number", "Port of gRPC without TLS; with TLS it shares the port of HTTP", null);
    private static readonly Option<string[]> Hosts = Several("--allowed-host", "name", "Host names that requests may name; default: any, but on a loopback address localhost alone");
    private static readonly Option<string?> Certificate = One<string?>("--tls-certificate", "pem", "Certificate with its chain", null);
    private static readonly Option<string?> Key = One<string?>("--tls-key", "pem", "The certificate's key, where it does not stand in the same file", null);
    private static readonly Option<string?> Keys = One<string?>("--api-keys", "path", $"File with one API key a line; {KeysVariable} holds others, separated by commas", null);
    private static readonly Option<int> Body = One("--max-body", "bytes", "Largest body; of a stream, largest line", Defaults.Limits.BodyBytes);
    private static readonly Option<int> Texts = One("--max-texts", "number", "Most texts in a request", Defaults.Limits.Texts);
    private static readonly Option<int> Explained = One("--max-explained", "number", "Most texts in a request that are explained", Defaults.Limits.Explained);
    private static readonly Option<int> Characters = One("--max-characters", "number", "Longest text", Defaults.Limits.Characters);
    private static readonly Option<int> Connections = One("--max-connections", "number", "Connections that are open at once", Defaults.Limits.Connections);
    private static readonly Option<int> Concurrency = One("--concurrency", "number", "Requests that are computed at once; 0: one a processor", Defaults.Limits.Concurrency);
    private static readonly Option<int> Queue = One("--queue", "number", "Requests that wait; more are refused with 429", Defaults.Limits.Queue);
    private static readonly Option<double> RequestSeconds = One("--request-seconds", "seconds", "How long a body may take to come, and a request wait for its turn", Defaults.Limits.RequestTime.TotalSeconds);
    private static readonly Option<double> Window = One("--teacher-window", "ms", "How long a batch for the teacher waits for more texts", Defaults.Teacher.Window.TotalMilliseconds);
    private static readonly Option<int> Batch = One("--teacher-batch", "texts", "Most texts in such a batch", Defaults.Teacher.Batch);
    private static readonly Option<int> TeacherQueue = One("--teacher-queue", "texts", "Texts that wait for the teacher; for more the student answers", Defaults.Teacher.Queue);
    private static readonly Option<double> Patience = One("--teacher-patience", "ms", "How long a text waits for the teacher; then the student answers", Defaults.Teacher.Patience.TotalMilliseconds);
    private static readonly Option<int> TeacherConcurrency = One("--teacher-concurrency", "number", "Batches that the teacher computes at once", Defaults.Teacher.Concurrency);
    private static readonly Option<int> TeacherThreads = One("--teacher-threads", "number", "Threads of such a batch; 0: one a core", Defaults.Teacher.Threads);
    private static readonly Option<double> Break = One("--teacher-break", "seconds", "How long a teacher that failed is left alone", Defaults.Teacher.Break.TotalSeconds);
    private static readonly Option<double> Reload = One("--reload", "seconds", "How often folders, keys and certificates are looked at for changes; 0: never", Defaults.Reload.TotalSeconds);
    private static readonly Option<double> DrainDelay = One("--drain-delay", "seconds", "How long it goes on, not ready, once it is told to stop", Defaults.DrainDelay.TotalSeconds);
    private static readonly Option<double> DrainTime = One("--drain-seconds", "seconds", "How long requests under way may then take", Defaults.DrainTime.TotalSeconds);
    private static readonly Option<bool> NoPage = new("--no-page") { Description = "Show no page at /" };

    /// <summary>Gives a command the arguments, the options and the action.</summary>
    /// <param name="command">To be filled.</param>
    /// <param name="output">Told where the server listens.</param>
    public static void Fill(Command command, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(output);
        command.Add(Students);
        foreach (Option option in (Option[])[Cascades, Host, Port, GrpcPort, Hosts, Certificate, Key, Keys, Body, Texts, Explained, Characters, Connections, Concurrency, Queue, RequestSeconds,
            Window, Batch, TeacherQueue, Patience, TeacherConcurrency, TeacherThreads, Break, Reload, DrainDelay, DrainTime, NoPage])
            command.Add(option);
        command.SetAction((parsed, cancellation) => RunAsync(Read(parsed, Environment.GetEnvironmentVariable(KeysVariable)), output, cancellation));
    }

    /// <summary>Serves until it is told to stop.</summary>
    /// <exception cref="ServerOptionException">It cannot start.</exception>
    internal static async Task<int> RunAsync(ServerOptions options, TextWriter output, CancellationToken cancellation)
    {
        RetortServer server;
        try
        {
            server = await RetortServer.StartAsync(options, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new ServerOptionException($"{options.Address} port {options.Port}{(options.GrpcPort is { } grpc ? $" or {grpc}" : "")} cannot be listened on: {e.Message}", e);
        }
        await using (server.ConfigureAwait(false))
        {
            foreach (string model in server.Models)
                await SayAsync(output, model).ConfigureAwait(false);
            await SayAsync(output, $"listening on {string.Join(" and ", server.Addresses)}; Ctrl+C stops").ConfigureAwait(false);
            var stop = new TaskCompletionSource();
            await using (cancellation.Register(stop.SetResult).ConfigureAwait(false))
                await stop.Task.ConfigureAwait(false);
            await SayAsync(output, "stopping: requests under way are finished").ConfigureAwait(false);
            await server.StopAsync().ConfigureAwait(false);
        }
        return 0;
    }

    // A server does not stop because nobody can be told of it: the disk under the log is full, or its reader has gone.
    private static async Task SayAsync(TextWriter output, string line)
    {
        try
        {
            await output.WriteLineAsync(line).ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
        }
    }

    /// <summary>The options of a command line.</summary>
    /// <exception cref="ServerOptionException">They cannot be.</exception>
    internal static ServerOptions Read(ParseResult parsed, string? keys)
    {
        if (!IPAddress.TryParse(parsed.GetValue(Host), out IPAddress? address))
            throw new ServerOptionException($"--host is {parsed.GetValue(Host)}: expected an IP address, such as 127.0.0.1, or 0.0.0.0 for all of this machine's");
        var options = new ServerOptions
        {
            Models = WithCascades([.. parsed.GetRequiredValue(Students).Select(ModelSpec.Parse)], parsed.GetValue(Cascades) ?? []),
            Address = address,
            Port = parsed.GetValue(Port),
            GrpcPort = parsed.GetValue(GrpcPort),
            Hosts = parsed.GetValue(Hosts) ?? [],
            Certificate = parsed.GetValue(Certificate),
            CertificateKey = parsed.GetValue(Key),
            ApiKeyFile = parsed.GetValue(Keys),
            ApiKeys = ReadKeys(keys),
            Limits = new ServerLimits
            {
                BodyBytes = parsed.GetValue(Body),
                PendingBytes = Math.Max(Defaults.Limits.PendingBytes, parsed.GetValue(Body)),
                Texts = parsed.GetValue(Texts),
                Explained = parsed.GetValue(Explained),
                Characters = parsed.GetValue(Characters),
                Connections = parsed.GetValue(Connections),
                Concurrency = parsed.GetValue(Concurrency),
                Queue = parsed.GetValue(Queue),
                RequestTime = Seconds(parsed, RequestSeconds),
            },
            Teacher = new TeacherGateOptions
            {
                Window = Seconds(parsed, Window) / 1000,
                Batch = parsed.GetValue(Batch),
                Queue = parsed.GetValue(TeacherQueue),
                Patience = Seconds(parsed, Patience) / 1000,
                Concurrency = parsed.GetValue(TeacherConcurrency),
                Threads = parsed.GetValue(TeacherThreads),
                Break = Seconds(parsed, Break),
            },
            Reload = Seconds(parsed, Reload),
            DrainDelay = Seconds(parsed, DrainDelay),
            DrainTime = Seconds(parsed, DrainTime),
            Page = !parsed.GetValue(NoPage),
        };
        options.Validate();
        Option[] ofTeacher = [Window, Batch, TeacherQueue, Patience, TeacherConcurrency, TeacherThreads, Break];
        if (!options.Models.Any(model => model.Cascade is not null) && Array.Find(ofTeacher, option => parsed.GetResult(option) is { Implicit: false }) is { } idle)
            throw new ServerOptionException($"{idle.Name} has no effect without --cascade, since no teacher is asked: leave it out, or name the cascade's folder");
        return options;
    }

    private static ModelSpec[] WithCascades(ModelSpec[] models, string[] cascades)
    {
        foreach (string word in cascades)
        {
            (string name, string folder) = ModelSpec.Split(word);
            int k = name.Length > 0 ? Array.FindIndex(models, model => model.Name == name) : models.Length == 1 ? 0 : -1;
            if (k < 0)
                throw new ServerOptionException($"--cascade {word} belongs to no model: expected NAME=FOLDER, with one of the names {string.Join(", ", models.Select(model => model.Name))}");
            if (models[k].Cascade is not null)
                throw new ServerOptionException($"--cascade {word}: {models[k].Name} has the cascade {models[k].Cascade} already; expected one a model");
            models[k] = models[k] with { Cascade = folder };
        }
        return models;
    }

    // A variable that is there and empty is a secret that has gone missing, not a wish to be open to everybody.
    private static string[] ReadKeys(string? variable)
    {
        string[] keys = variable?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        return variable is null || keys.Length > 0 ? keys : throw new ServerOptionException($"{KeysVariable} is set and holds no key: expected keys, separated by commas, or no such variable");
    }

    private static TimeSpan Seconds(ParseResult parsed, Option<double> option)
    {
        double seconds = parsed.GetValue(option);
        return seconds is >= 0 and <= MostSeconds ? TimeSpan.FromSeconds(seconds) : throw new ServerOptionException(FormattableString.Invariant($"{option.Name} is {seconds}: expected 0 to {MostSeconds:N0}"));
    }

    private static Option<T> One<T>(string name, string help, string description, T value) => new(name) { HelpName = help, Description = description, DefaultValueFactory = _ => value };

    private static Option<string[]> Several(string name, string help, string description) => new(name) { HelpName = help, Description = description, Arity = ArgumentArity.OneOrMore };
}
