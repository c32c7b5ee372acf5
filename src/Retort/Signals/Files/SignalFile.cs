using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Retort.Data;
using Retort.Runs;

namespace Retort.Signals.Files;

/// <summary>A part of the corpus as its file has it: what a file of signals given by row is bound to.</summary>
/// <param name="Name">train, dev, test or unlabelled.</param>
/// <param name="Path">Its file.</param>
public sealed record CorpusFile(string Name, string Path);

/// <summary>
/// A teacher that is a file: its logits, probabilities or votes for texts, or for the rows of a corpus. Given by row, it
/// is bound to the corpus's texts here, and stored by text.
/// </summary>
public sealed class SignalFile
{
    /// <summary>Signals of one text, given twice, that differ by more than this are counted.</summary>
    private const double SameSignal = 1e-3;

    private readonly List<string> _texts = [];
    private readonly List<float[]> _logits = [];

    private SignalFile(IReadOnlyList<string> paths, SignalSource source) => (Paths, Source) = (paths, source);

    /// <summary>The files that were read.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>Its key: the texts and what is said of them.</summary>
    public SignalSource Source { get; private set; }

    /// <summary>Distinct texts, in the files' order.</summary>
    public IReadOnlyList<string> Texts => _texts;

    /// <summary>Texts that stand several times with signals that differ; their mean was taken, their votes added.</summary>
    public int Differing { get; private set; }

    /// <summary>Reads and checks the files.</summary>
    /// <param name="pattern">A file; or, with a <c>*</c> that stands for train, dev, test or unlabelled, those that exist.</param>
    /// <param name="labels">The classes of the data.</param>
    /// <param name="kind">Whether they exclude each other.</param>
    /// <param name="corpora">The files of the corpus; one without a <c>*</c> is about the first.</param>
    /// <param name="options">How the corpus's files are read.</param>
    /// <param name="key">The recipe's key that names them, for messages.</param>
    /// <exception cref="UsageException">There is no such file.</exception>
    /// <exception cref="RetortException">A row is missing, extra or not as expected.</exception>
    public static SignalFile Read(string pattern, LabelSet labels, TaskKind kind, IReadOnlyList<CorpusFile> corpora, DataOptions options,
        string key = "teacher.sources")
    {
        (CorpusFile? Corpus, string Path)[] files = pattern.Contains('*', StringComparison.Ordinal)
            ? Expand(pattern, corpora, key) : [(corpora.Count > 0 ? corpora[0] : null, pattern)];
        var file = new SignalFile(files.Select(f => f.Path).ToArray(), SignalSource.OfFile("", labels.Names));
        var given = new Dictionary<string, List<double[]>>(StringComparer.Ordinal);
        SignalForm? form = null;
        foreach ((CorpusFile? corpus, string path) in files)
        {
            SignalTable table = SignalTable.Read(path, labels, kind);
            if (form is not null && form != table.Form)
                throw new RetortException($"{path} holds {SignalColumns.Word(table.Form)} and {files[0].Path} {SignalColumns.Word(form.Value)}: expected the same in all files of a teacher");
            form = table.Form;
            string[] texts = RowTexts.Of(table, corpus, options);
            for (int k = 0; k < texts.Length; k++)
            {
                ref List<double[]>? rows = ref CollectionsMarshal.GetValueRefOrAddDefault(given, texts[k], out bool known);
                if (!known)
                    file._texts.Add(texts[k]);
                (rows ??= []).Add(table.Rows[k].Values);
            }
        }
        foreach (string text in file._texts)
            file._logits.Add(file.Merge(given[text], form!.Value, kind));
        file.Source = SignalSource.OfFile(file.Hash(), labels.Names);
        return file;
    }

    /// <summary>Stores what a cache of this source lacks, in shards.</summary>
    /// <param name="cache">Of this source.</param>
    /// <param name="shardSize">Texts of a shard.</param>
    /// <param name="progress">Told where another process writes there, which is waited for; null: nobody.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>How many texts were added.</returns>
    public int StoreIn(SignalCache cache, int shardSize, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        using IDisposable alone = cache.Alone(progress, cancellation);
        int[] lacking = Enumerable.Range(0, _texts.Count).Where(k => !cache.Contains(_texts[k])).ToArray();
        foreach (int[] shard in lacking.Chunk(shardSize))
            cache.Append(Array.ConvertAll(shard, k => _texts[k]), shard.SelectMany(k => _logits[k]).ToArray(), []);
        return lacking.Length;
    }

    private static (CorpusFile?, string)[] Expand(string pattern, IReadOnlyList<CorpusFile> corpora, string key)
    {
        (CorpusFile? Corpus, string Path)[] files = corpora
            .Select(corpus => ((CorpusFile?)corpus, pattern.Replace("*", corpus.Name, StringComparison.Ordinal)))
            .Where(file => File.Exists(file.Item2)).ToArray();
        return files.Length > 0 ? files : throw new UsageException(
            $"{key} has {pattern}: there is no such file with {string.Join(", ", corpora.Select(corpus => corpus.Name))} in the place of *")
        { Key = key };
    }

    private float[] Merge(List<double[]> rows, SignalForm form, TaskKind kind)
    {
        double[] all = new double[rows[0].Length];
        for (int c = 0; c < all.Length; c++)
            all[c] = form == SignalForm.Votes ? rows.Sum(row => row[c]) : rows.Average(row => row[c]);
        if (rows.Count > 1 && rows.Exists(row => row.Zip(rows[0], (one, other) => Math.Abs(one - other)).Max() > SameSignal))
            Differing++;
        return SignalNumbers.ToLogits(all, form, kind);
    }

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int k = 0; k < _texts.Count; k++)
        {
            hash.AppendData(SignalKey.Of(_texts[k]).ToArray());
            hash.AppendData(MemoryMarshal.AsBytes(_logits[k].AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
