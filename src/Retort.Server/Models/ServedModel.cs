using System.Security.Cryptography;
using System.Text.Json;
using Retort.Onnx.Cascades;
using Retort.Runtime;
using Retort.Runtime.Model;
using Retort.Server.Cascade;

namespace Retort.Server.Models;

/// <summary>One version of a model, loaded. Requests enter and leave it; it is closed when it was retired and the last has left.</summary>
internal sealed class ServedModel
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);

    private int _users = 1;

    private ServedModel(ModelSpec spec, string version, TextClassifier classifier)
    {
        (Spec, Version, Classifier) = (spec, version, classifier);
        Labels = classifier.Labels;
        JsonLabels = [.. Labels.Select(label => JsonEncodedText.Encode(label, Json.Encoder))];
        JsonName = JsonEncodedText.Encode(spec.Name);
        JsonVersion = JsonEncodedText.Encode(version);
    }

    public ModelSpec Spec { get; }

    public string Name => Spec.Name;

    /// <summary>The first 12 digits of the hash of the student's config.json, which holds the hashes of its other files, and of the cascade's file and teacher.</summary>
    public string Version { get; }

    public TextClassifier Classifier { get; }

    public IReadOnlyList<string> Labels { get; }

    public JsonEncodedText[] JsonLabels { get; }

    public JsonEncodedText JsonName { get; }

    public JsonEncodedText JsonVersion { get; }

    public CascadeFile? Cascade { get; private init; }

    /// <summary>Who answers where the student is unsure; null: nobody.</summary>
    public TeacherGate? Teacher { get; private init; }

    public required Tally Tally { get; init; }

    /// <summary>Loads a model.</summary>
    /// <exception cref="InvalidDataException">The student, the cascade or its teacher is damaged, or they do not belong together.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static ServedModel Load(ModelSpec spec, ServerOptions options, TimeProvider time)
    {
        string config = Path.Combine(spec.Folder, StudentFiles.ConfigName);
        if (!File.Exists(config))
            throw new FileNotFoundException($"{spec.Folder} has no {StudentFiles.ConfigName}: expected a student's folder, as `retort run` writes it", config);
        byte[] hash = SHA256.HashData(File.ReadAllBytes(config));
        TextClassifier classifier = TextClassifier.Load(spec.Folder);
        // The first requests do not pay for compilation: the runtime makes code quick only once it has run a while.
        for (long start = time.GetTimestamp(); time.GetElapsedTime(start) < WarmUp;)
            classifier.Classify("a text, of which nothing is kept");
        ReferenceDistribution? reference = ReferenceDistribution.Read(spec.Folder, classifier.Labels.Count);
        CascadeFile? cascade = spec.Cascade is null ? null : ReadCascade(spec, Convert.ToHexStringLower(hash), classifier);
        string version = Convert.ToHexStringLower(cascade is null ? hash : SHA256.HashData([.. hash, .. HashOf(spec.Cascade!, cascade)]));
        return new ServedModel(spec, version[..12], classifier)
        {
            Cascade = cascade,
            Teacher = cascade?.Teacher is null ? null
                : TeacherGate.Over(OnnxTeacher.Open(spec.Cascade!, cascade.Teacher, classifier.Labels, options.Teacher.Threads), classifier.Labels.Count, options.Teacher, time),
            Tally = new Tally(classifier.Labels.Count, reference, options.DriftWindow),
        };
    }

    /// <summary>Whether a text belongs to any class, by the rule of the cascade; null: there is no rule.</summary>
    /// <param name="confidence">The student's.</param>
    public bool? IsInScope(float confidence) => Cascade?.Rejection is { } rejection ? confidence >= rejection.Threshold : null;

    /// <summary>Lets a request in; false: the model is gone, and there is a newer one.</summary>
    public bool TryEnter()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int found = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (found == users)
                return true;
            users = found;
        }
        return false;
    }

    /// <summary>A request goes; the last one after <see cref="Retire"/> closes the model.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            Classifier.Dispose();
            Teacher?.Dispose();
        }
    }

    /// <summary>No newer request comes.</summary>
    public void Retire() => Leave();

    private static byte[] HashOf(string folder, CascadeFile cascade)
    {
        byte[] file = SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, CascadeFile.Name)));
        string? model = cascade.Teacher is null ? null : Path.Combine(folder, cascade.Teacher.Model);
        if (model is null || !File.Exists(model))
            return file;
        using FileStream stream = File.OpenRead(model);
        return [.. file, .. SHA256.HashData(stream)];
    }

    private static CascadeFile ReadCascade(ModelSpec spec, string student, TextClassifier classifier)
    {
        CascadeFile cascade = CascadeFile.Read(spec.Cascade!);
        if (cascade.StudentSha256 != student)
        {
            throw new InvalidDataException($"{spec.Cascade} was made for another student than {spec.Folder} (config.json has the hash {student[..12]}…, expected "
                + $"{cascade.StudentSha256[..Math.Min(12, cascade.StudentSha256.Length)]}…): run `retort cascade` anew");
        }
        if (classifier.IsMultiLabel)
            throw new InvalidDataException($"{spec.Folder} gives a text several classes: a cascade needs classes that exclude each other");
        return cascade;
    }
}
