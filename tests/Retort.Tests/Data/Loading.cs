using System.Text;
using Retort.Data;

namespace Retort.Tests.Data;

/// <summary>Loads data in tests: from published files, or from a few lines written to a folder of its own.</summary>
internal sealed class Loading : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-data-").FullName;

    public static DataSet Load(DataOptions options) =>
        DataSet.Load(options, cancellation: TestContext.Current.CancellationToken);

    public string PathOf(string name) => Path.Combine(_folder, name);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
