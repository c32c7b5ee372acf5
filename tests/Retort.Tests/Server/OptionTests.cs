using Retort.Tests.Cli;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Server;

/// <summary><c>retort serve</c> with wrong input: exit code 2, and what was found and expected.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class OptionTests(FinishedRun run) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "Required argument missing", "retort serve --help")]
    [InlineData("none", "none has no config.json", "retort run")]
    [InlineData("TEACHER", "retort-textcnn")]
    [InlineData("STUDENT --port 70000", "ports are 70000")]
    [InlineData("STUDENT --grpc-port 8080", "port 8080 is to speak both")]
    [InlineData("STUDENT --host localhost", "--host is localhost", "127.0.0.1")]
    [InlineData("a=STUDENT a=STUDENT", "2 models are called 'a'", "NAME=FOLDER")]
    [InlineData("a/b=STUDENT", "'a/b' cannot be the name of a model")]
    [InlineData("STUDENT --cascade none", "none has no cascade.json", "retort cascade")]
    [InlineData("a=STUDENT b=STUDENT --cascade none", "belongs to no model", "a, b")]
    [InlineData("a=STUDENT --cascade a=x --cascade a=y", "has the cascade x already")]
    [InlineData("STUDENT --max-body 10", "the limit of body is 10", "1,024")]
    [InlineData("STUDENT --max-texts 0", "the limit of texts is 0")]
    [InlineData("STUDENT --request-seconds 0", "request time is 0")]
    [InlineData("STUDENT --drain-seconds -1", "--drain-seconds is -1")]
    [InlineData("STUDENT --teacher-batch 0", "its batch 0")]
    [InlineData("STUDENT --teacher-break 90000", "--teacher-break is 90000", "86,400")]
    [InlineData("STUDENT --teacher-window 3000", "a window below the patience")]
    [InlineData("STUDENT --teacher-patience 100", "--teacher-patience has no effect without --cascade")]
    [InlineData("STUDENT --port http", "--port is 'http': expected a whole number")]
    [InlineData("STUDENT --reload soon", "--reload is 'soon': expected a number")]
    [InlineData("STUDENT --api-keys none.txt", "the file of API keys cannot be read", "none.txt")]
    [InlineData("STUDENT --api-keys EMPTY", "holds no API key")]
    [InlineData("STUDENT --api-keys SHORT", "has 3 characters", "16")]
    [InlineData("STUDENT --tls-key none.pem", "a key and no certificate")]
    [InlineData("STUDENT --tls-certificate SHORT", "the certificate cannot be used")]
    [InlineData("STUDENT --prot 1", "unknown option '--prot'", "did you mean '--port'?")]
    public async Task What_cannot_be_is_told_before_a_port_is_opened(string line, params string[] said)
    {
        string[] words = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word
            .Replace("STUDENT", Path.Combine(run.Result.Folder, "student"), StringComparison.Ordinal)
            .Replace("TEACHER", Path.Combine(run.Result.Folder, "teacher"), StringComparison.Ordinal)
            .Replace("EMPTY", _folder.Write("empty", "# none\n"), StringComparison.Ordinal)
            .Replace("SHORT", _folder.Write("short", "abc\n"), StringComparison.Ordinal))];
        var terminal = new TestTerminal();
        Assert.Equal(2, await terminal.Run(["serve", .. words]));
        Assert.All(said, part => Assert.Contains(part, terminal.Error.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", terminal.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" , ")]
    public void A_variable_of_keys_that_holds_none_opens_nothing(string variable)
    {
        var command = new System.CommandLine.Command("serve");
        Retort.Server.ServeCommand.Fill(command, TextWriter.Null);
        var error = Assert.Throws<Retort.Server.ServerOptionException>(() => Retort.Server.ServeCommand.Read(command.Parse(["student"]), variable));
        Assert.Contains("RETORT_API_KEYS is set and holds no key", error.Message, StringComparison.Ordinal);
    }
}
