using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Retort.Server;
using YamlDotNet.RepresentationModel;

namespace Retort.Tests.Server;

/// <summary>The files of deploy/ start the server as it is: its options, its ports, its health.</summary>
public sealed class DeploymentTests
{
    private static readonly string Deploy = Path.Combine(TestPaths.Root, "deploy");

    [Fact]
    public void The_container_s_command_line_is_one_and_all_files_that_it_copies_are_there()
    {
        string file = File.ReadAllText(Path.Combine(Deploy, "Containerfile"));
        string[] words = [.. Words(file, "ENTRYPOINT"), .. Words(file, "CMD")];
        ServerOptions options = Read(words[1..]);
        Assert.Equal(("0.0.0.0", 8080, 8081), (options.Address.ToString(), options.Port, options.GrpcPort));
        Assert.Contains($"EXPOSE {options.Port} {options.GrpcPort}", file, StringComparison.Ordinal);
        Assert.Contains("USER $APP_UID", file, StringComparison.Ordinal);
        foreach (Match copy in Regex.Matches(file, "^COPY (?!--from)(.+)$", RegexOptions.Multiline))
        {
            foreach (string source in copy.Groups[1].Value.Split(' ')[..^1])
                Assert.True(Path.Exists(Path.Combine(TestPaths.Root, source)), source);
        }
    }

    [Fact]
    public void The_systemd_unit_s_command_line_is_one()
    {
        string line = File.ReadLines(Path.Combine(Deploy, "retort.service")).Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal));
        ServerOptions options = Read(line.Split(' ')[1..]);
        Assert.Equal(("127.0.0.1", "reviews"), (options.Address.ToString(), options.Models[0].Name));
        Assert.EndsWith("/keys", options.ApiKeyFile, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deployment.yaml")]
    [InlineData("inference-service.yaml")]
    public void Kubernetes_starts_it_with_its_options_and_asks_for_its_health(string name)
    {
        YamlMappingNode[] documents = Documents(name);
        Assert.Equal(2, documents.Length);
        string[] entry = Words(File.ReadAllText(Path.Combine(Deploy, "Containerfile")), "ENTRYPOINT");
        YamlMappingNode container = Assert.Single(Find(documents[0], "containers").Cast<YamlSequenceNode>().SelectMany(all => all.Cast<YamlMappingNode>()));
        // What the platform puts into a template's place is a name.
        ServerOptions options = Read([.. entry[1..], .. ((YamlSequenceNode)container["args"]).Select(word => word.ToString().Replace("{{.Name}}", "reviews", StringComparison.Ordinal))]);
        Assert.Equal("reviews", options.Models[0].Name);
        JsonNode paths = JsonNode.Parse(File.ReadAllText(Path.Combine(TestPaths.Root, "src/Retort.Server/Page/openapi.json")))!["paths"]!;
        string[] probes = [.. Find(documents[0], "httpGet").Select(probe => probe["path"].ToString())];
        Assert.Contains("/v2/health/ready", probes);
        Assert.Contains("/v2/health/live", probes);
        Assert.All(probes, path => Assert.NotNull(paths[path]));
        Assert.All(Find(documents[0], "containerPort"), port => Assert.Contains(int.Parse(port.ToString(), System.Globalization.CultureInfo.InvariantCulture), (int?[])[options.Port, options.GrpcPort]));
        Assert.Equal("true", container["securityContext"]["readOnlyRootFilesystem"].ToString());
        Assert.Equal("true", Assert.Single(Find(documents[0], "runAsNonRoot")).ToString());
    }

    private static ServerOptions Read(string[] words)
    {
        var command = new Command("serve");
        ServeCommand.Fill(command, TextWriter.Null);
        System.CommandLine.ParseResult parsed = command.Parse(words);
        Assert.Empty(parsed.Errors);
        Assert.Empty(parsed.UnmatchedTokens);
        return ServeCommand.Read(parsed, keys: null);
    }

    private static string[] Words(string file, string instruction) =>
        [.. JsonNode.Parse(Regex.Match(file, $"^{instruction} (\\[.*\\])$", RegexOptions.Multiline).Groups[1].Value)!.AsArray().Select(word => (string)word!)];

    private static YamlMappingNode[] Documents(string name)
    {
        using StreamReader reader = File.OpenText(Path.Combine(Deploy, "kubernetes", name));
        var stream = new YamlStream();
        stream.Load(reader);
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    private static IEnumerable<YamlNode> Find(YamlNode node, string key) => node switch
    {
        YamlMappingNode mapping => mapping.Children.SelectMany(child => child.Key.ToString() == key ? [child.Value] : Find(child.Value, key)),
        YamlSequenceNode sequence => sequence.SelectMany(child => Find(child, key)),
        _ => [],
    };
}
