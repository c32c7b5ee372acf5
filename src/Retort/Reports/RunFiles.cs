using System.Text.Json;
using System.Text.RegularExpressions;
using Retort.Cascades;
using Retort.Compression;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Runs;
using Retort.Training;

namespace Retort.Reports;

/// <summary>A training of a run.</summary>
/// <param name="Stage">Its stage in the manifest: <c>teach</c>, <c>students/seed-1</c>, <c>members/2/seed-1</c> …</param>
/// <param name="Role">Of a student or of a member of one; null: an encoder's, or a warm-up.</param>
/// <param name="Seed">Of a student; 0 otherwise.</param>
/// <param name="Result">How it went.</param>
public sealed record NamedTraining(string Stage, Role? Role, int Seed, TrainingResult Result);

/// <summary>A finished run as its folder tells of it: what a report is made from. No model is loaded.</summary>
public sealed partial record RunFiles
{
    private static readonly JsonSerializerOptions Strict = new(JsonForm.Indented) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    public required Manifest Manifest { get; init; }

    public required RunReport Report { get; init; }

    /// <summary>All trainings, in the order in which they finished first.</summary>
    public required IReadOnlyList<NamedTraining> Trainings { get; init; }

    /// <summary>What each student was compressed through, by its seed.</summary>
    public required IReadOnlyDictionary<int, CompressionResult> Compressions { get; init; }

    /// <summary>What each student was distilled on, by its name.</summary>
    public required IReadOnlyDictionary<string, FractionSummary[]> Fractions { get; init; }

    /// <summary>Null where none were kept.</summary>
    public required Disagreements? Disagreements { get; init; }

    /// <summary>Null where none was made.</summary>
    public required Forecast? Forecast { get; init; }

    /// <summary>Of the study in its folder; null where there is none.</summary>
    public required StudyDigest? Study { get; init; }

    /// <summary>Null where none was made of the student that stands there.</summary>
    public required CascadeReport? Cascade { get; init; }

    /// <summary>What the folder lacks, or holds and cannot be read, in words.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Whether students were trained anew since they were evaluated.</summary>
    public bool IsOutdated
    {
        get
        {
            ModelReport[] students = [.. Report.Models.Where(model => Manifest.Stages.ContainsKey(StageOf(model)))];
            return Manifest.Stages["evaluate"].Inputs.GetValueOrDefault("students")
                != ContentHash.OfRecord(students.Select(model => Manifest.Stages[StageOf(model)].Outputs));
        }
    }

    /// <summary>SHA-256 of test; null where the run's version did not tell.</summary>
    public string? TestHash => Report.Facts?.Data.FirstOrDefault(part => part.Name == "test")?.Hash;

    /// <summary>SHA-256 of dev and test.</summary>
    public string? DataHash => Manifest.Stages["evaluate"].Inputs.GetValueOrDefault("data");

    /// <summary>Whether another run was evaluated on the same texts and labels.</summary>
    public bool HasTestOf(RunFiles other) => TestHash is { } own && other.TestHash is { } theirs ? own == theirs : DataHash == other.DataHash;

    /// <summary>Reads a finished run.</summary>
    /// <param name="folder">Its folder, with a manifest that knows the stage <c>evaluate</c>.</param>
    /// <param name="manifest">The manifest.</param>
    /// <exception cref="RetortException">The results are damaged, or not those that were written.</exception>
    public static RunFiles Read(string folder, Manifest manifest)
    {
        var missing = new List<string>();
        RunReport report = ReadReport(folder, manifest.Stages["evaluate"]);
        // What was trained before the recipe was changed stands in the folder, and is no part of what was evaluated.
        HashSet<string> evaluated = [.. report.Models.Select(StageOf)];
        evaluated.UnionWith(evaluated.Where(manifest.Stages.ContainsKey).SelectMany(stage => manifest.Stages[stage].Inputs.Keys).Where(input => Student().IsMatch(input)).ToArray());
        (string Name, JsonElement Result)[] stages = [.. manifest.Stages.Where(stage => stage.Value.Result.ValueKind == JsonValueKind.Object && (!Student().IsMatch(stage.Key) || evaluated.Contains(stage.Key)))
            .Select(stage => (stage.Key, stage.Value.Result))];
        return new RunFiles
        {
            Folder = folder,
            Manifest = manifest,
            Report = report,
            Trainings = [.. stages.Where(stage => stage.Result.TryGetProperty("history", out _)).Select(stage => Training(stage.Name, stage.Result))],
            Compressions = stages.Where(stage => stage.Result.TryGetProperty("trials", out _))
                .ToDictionary(stage => SeedOf(stage.Name), stage => stage.Result.Deserialize<CompressionResult>(JsonForm.Indented)!),
            Fractions = ReadFractions(folder, evaluated, missing),
            Disagreements = TryRead<Disagreements>(Path.Combine(folder, "report", "examples.json"), missing),
            Forecast = Forecast.Load(folder),
            Study = TryRead<StudyDigest>(Path.Combine(folder, "tuning", "study.json"), missing),
            Cascade = ReadCascade(folder, missing),
            Missing = missing,
        };
    }

    private static RunReport ReadReport(string folder, StageRecord evaluation)
    {
        string path = Path.Combine(folder, "report", "results.json"), cure = $"'retort evaluate {Path.Combine(folder, "recipe.yaml")}' makes it anew";
        byte[] bytes = File.ReadAllBytes(path);
        RunReport report;
        try
        {
            report = JsonSerializer.Deserialize<RunReport>(bytes, Strict) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new RetortException($"{path} is damaged ({e.Message}): {cure}", e);
        }
        return evaluation.Outputs.GetValueOrDefault("report/results.json") == ContentHash.OfBytes(bytes) ? report
            : throw new RetortException($"{path} is not what the stage evaluate wrote (manifest.json has its SHA-256): {cure}");
    }

    private static NamedTraining Training(string stage, JsonElement result)
    {
        Match name = Student().Match(stage);
        Role? role = name.Success && RoleNames.TryParse("student" + name.Groups[2].Value, out Role known) ? known : null;
        return new NamedTraining(stage, role, role is null ? 0 : SeedOf(stage), result.Deserialize<TrainingResult>(JsonForm.Indented)!);
    }

    private static int SeedOf(string stage) => int.Parse(Student().Match(stage).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    // What is no student has no stage of that name.
    private static string StageOf(ModelReport model) => model.Role.Name() is var name && name.StartsWith("student", StringComparison.Ordinal) ? $"students/seed-{model.Seed}{name["student".Length..]}" : "";

    private static Dictionary<string, FractionSummary[]> ReadFractions(string folder, HashSet<string> evaluated, List<string> missing)
    {
        string fractions = Path.Combine(folder, "fractions");
        var read = new Dictionary<string, FractionSummary[]>();
        foreach (string student in (Directory.Exists(fractions) ? Directory.GetDirectories(fractions) : []).Where(folder => evaluated.Contains($"students/{Path.GetFileName(folder)}")).Order(StringComparer.Ordinal))
        {
            try
            {
                if (FractionLog.Read(student, Strict) is { Length: > 0 } choices)
                    read.Add(Path.GetFileName(student), choices);
            }
            catch (JsonException e)
            {
                missing.Add($"a summary in {student} is damaged ({e.Message}), and what was chosen left out; the stage that wrote it makes it anew");
            }
        }
        return read;
    }

    private static CascadeReport? ReadCascade(string folder, List<string> missing)
    {
        string curve = Path.Combine(folder, "cascade", CascadeReport.FileName), student = Path.Combine(folder, "student", "config.json");
        if (TryRead<CascadeReport>(curve, missing) is not { } cascade)
            return null;
        if (File.Exists(student) && ContentHash.OfFile(student) == cascade.StudentSha256)
            return cascade;
        missing.Add($"{curve} is of another student than the one in student/, and left out: 'retort cascade' makes it anew");
        return null;
    }

    private static T? TryRead<T>(string path, List<string> missing) where T : class
    {
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Strict);
        }
        catch (JsonException e)
        {
            missing.Add($"{path} is damaged ({e.Message}) and left out; the stage that wrote it makes it anew");
            return null;
        }
    }

    [GeneratedRegex(@"^(?:students|members/\d+)/seed-(\d+)(.*)$")]
    private static partial Regex Student();
}
