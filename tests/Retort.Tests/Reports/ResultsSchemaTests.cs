using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Reports;
using Retort.Tests.Pipeline;

namespace Retort.Tests.Reports;

[Collection(FinishedRunTests.Name)]
public sealed class ResultsSchemaTests(FinishedRun run)
{
    private static readonly JsonNode Schema = JsonNode.Parse(ResultsSchema.ToJson())!;

    private JsonNode Results => JsonNode.Parse(File.ReadAllText(Path.Combine(run.Result.Folder, "report", "results.json")))!;

    [Fact]
    public void The_committed_schema_is_what_the_code_makes() =>
        Assert.Equal(ResultsSchema.ToJson(), File.ReadAllText(Path.Combine(TestPaths.Root, "docs", "results.schema.json")));

    [Fact]
    public void It_says_what_values_are() =>
        Assert.Equal("The seed of student/: the best on dev.", Schema["properties"]!["best_seed"]!["description"]!.GetValue<string>());

    [Fact]
    public void A_real_result_fits_it() => Assert.Empty(Faults(Schema, Results, "$"));

    [Fact]
    public void The_check_finds_what_does_not_fit()
    {
        JsonNode results = Results;
        results["best_seed"] = "one";
        results["models"]![0]!["role"] = "pupil";
        results.AsObject().Remove("teachers");
        Assert.Equal(["$: teachers is missing", "$.models[0].role: pupil is none of its words", "$.best_seed: a String"], Faults(Schema, results, "$"));
    }

    /// <summary>Where a value does not fit: types, words, required values, those that every item of a list and property has.</summary>
    private static IEnumerable<string> Faults(JsonNode schema, JsonNode? value, string path)
    {
        if (schema["$ref"] is { } reference)
            schema = reference.GetValue<string>()[1..].Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate(Schema, (node, part) => node is JsonArray list ? list[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)]! : node[part]!);
        if (schema["anyOf"] is JsonArray any)
            return any.Any(one => !Faults(one!, value, path).Any()) ? [] : [$"{path}: fits nothing"];
        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
            return [$"{path}: {value} is none of its words"];
        if (schema["type"] is { } type && !Types(type).Contains(TypeOf(value), StringComparer.Ordinal) && !(TypeOf(value) == "integer" && Types(type).Contains("number", StringComparer.Ordinal)))
            return [$"{path}: a {value?.GetValueKind()}"];
        return value switch
        {
            JsonObject fields => [
                .. (schema["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>()).Where(name => !fields.ContainsKey(name)).Select(name => $"{path}: {name} is missing"),
                .. fields.SelectMany(field => schema["properties"]?[field.Key] is { } inner ? Faults(inner, field.Value, $"{path}.{field.Key}") : [$"{path}: {field.Key} is unknown"])],
            JsonArray list => [.. list.SelectMany((item, k) => Faults(schema["items"]!, item, $"{path}[{k}]"))],
            _ => [],
        };
    }

    private static string[] Types(JsonNode type) => type is JsonArray several ? [.. several.Select(one => one!.GetValue<string>())] : [type.GetValue<string>()];

    private static string TypeOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.AsValue().TryGetValue(out long _) ? "integer" : "number",
        _ => "boolean",
    };
}
