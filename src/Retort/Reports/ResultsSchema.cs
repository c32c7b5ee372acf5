using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Retort.Runs;

namespace Retort.Reports;

/// <summary>The JSON Schema of <c>report/results.json</c>, <c>docs/results.schema.json</c>: made from the records that are written, with what their documentation says of each value.</summary>
public static partial class ResultsSchema
{
    /// <summary>The schema; ends with a line feed.</summary>
    public static string ToJson()
    {
        var options = new JsonSerializerOptions(JsonForm.Indented)
        {
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
        Dictionary<string, XElement> members = Members();
        var schema = (JsonObject)options.GetJsonSchemaAsNode(typeof(RunReport), new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) =>
            {
                // The exporter forgets that numbers which may be NaN may be null, too.
                if (node is JsonObject { } number && number["anyOf"] is JsonArray kinds && Nullable.GetUnderlyingType(context.TypeInfo.Type) is not null)
                    kinds.Add(new JsonObject { ["type"] = "null" });
                if (context.PropertyInfo?.AttributeProvider is PropertyInfo property && Description(members, property) is { Length: > 0 } text && node is JsonObject known)
                    known.Insert(0, "description", text);
                return node;
            },
        });
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "report/results.json of a run of Retort");
        return schema.ToJsonString(JsonForm.Indented) + "\n";
    }

    // The compiler's documentation file stands beside the assembly; where it does not, the schema has no descriptions.
    private static Dictionary<string, XElement> Members()
    {
        string file = Path.Combine(AppContext.BaseDirectory, $"{typeof(ResultsSchema).Assembly.GetName().Name}.xml");
        return !File.Exists(file) ? [] : XDocument.Load(file).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
    }

    /// <summary>What stands above a property, or of a record's parameter in its list.</summary>
    private static string? Description(Dictionary<string, XElement> members, PropertyInfo property)
    {
        string type = property.DeclaringType!.FullName!;
        XElement? text = members.GetValueOrDefault($"P:{type}.{property.Name}")?.Element("summary")
            ?? members.GetValueOrDefault($"T:{type}")?.Elements("param").FirstOrDefault(parameter => parameter.Attribute("name")!.Value == property.Name);
        return text is null ? null : Blanks().Replace(string.Concat(text.Nodes().Select(Word)), " ").Trim();
    }

    // A reference is called by the last part of its name.
    private static string Word(XNode node) => node switch
    {
        XElement { Name.LocalName: "see" } reference => reference.Attribute("cref")?.Value.Split('(')[0].Split('.', ':')[^1] ?? "",
        XElement element => element.Value,
        XText text => text.Value,
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
