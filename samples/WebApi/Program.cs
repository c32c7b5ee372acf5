using Retort.Runtime;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
string folder = builder.Configuration["student"] ?? throw new InvalidOperationException("no student: expected --student FOLDER");
using var classifier = TextClassifier.Load(folder);
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, Api.Default));
WebApplication app = builder.Build();

app.MapPost("/classify", (Question question) =>
{
    if (question.Texts is not { Length: > 0 and <= 100 } || question.Texts.Any(text => text is null or { Length: > 10_000 }))
        return Results.Problem("expected 1 to 100 texts of at most 10,000 characters each", statusCode: 400);
    Classification[] answers = classifier.ClassifyAll(question.Texts, threads: 1);
    return Results.Ok(Array.ConvertAll(answers, answer => new Answer(answer.Label, answer.Probability)));
});

app.Run();

internal sealed record Question(string[]? Texts);

internal sealed record Answer(string Label, float Probability);

[System.Text.Json.Serialization.JsonSerializable(typeof(Question))]
[System.Text.Json.Serialization.JsonSerializable(typeof(Answer[]))]
[System.Text.Json.Serialization.JsonSerializable(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails))]
internal sealed partial class Api : System.Text.Json.Serialization.JsonSerializerContext;
