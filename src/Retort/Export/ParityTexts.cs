using Retort.Data;

namespace Retort.Export;

/// <summary>Texts to compare an export on where the user names none: of all lengths, scripts and kinds of punctuation.</summary>
public static class ParityTexts
{
    /// <summary>The texts; the first is empty, the last is longer than most models read.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } =
    [
        "", " ", "yes", "No!", "a", "?", "never again", "Very good.", "12", "3.14159", "...", "OK :-)",
        "A quiet film that stays with you.", "I want my money back.", "The plot makes no sense, but who cares?",
        "Shipping took three weeks and the box was crushed.", "Works as described; battery lasts about 9 hours.",
        "It's neither the best nor the worst of the three.", "DO NOT BUY THIS PRODUCT!!!", "meh", "Not bad at all, really.",
        "What is the capital of Burkina Faso?", "How many miles are there in a light-year?", "Who wrote \"The Trial\"?",
        "Stocks fell 2.3% on Tuesday after the central bank raised rates by 25 basis points.",
        "The home side won 4-1, their seventh victory in a row.", "Scientists report a new species of frog in Borneo.",
        "please transfer $1,250.00 from checking to savings", "set an alarm for 6:45 a.m. tomorrow", "Where's my order #A-10492?",
        "Visit https://example.org/a?b=c&d=e or write to someone@example.org.", "C:\\temp\\file.txt is missing", "x = y * (z + 1);",
        "The café's naïve façade impressed Zoë.", "Die Lieferung kam zu spät, aber alles war heil.",
        "La comida estaba fría y el servicio fue lento.", "Le film est trop long d'une demi-heure.", "Это лучшая книга года.",
        "这部电影非常好看，推荐给大家。",
        "酒店位置不错，但是房间太小。", "股市今天上涨百分之二。", "不好", "東京は雨です。", "배송이 정말 빨라요.", "الخدمة ممتازة", "המשלוח איחר",
        "Great product 👍👍 would buy again 🎉", "😀", "supercalifragilisticexpialidocious",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "one two three four five six seven eight nine ten", "the the the the the the the the", "tab\tand\nline",
        "He said that she said that they had said that it would all be over by the time anyone noticed, and it was.",
        .. Repeated(8, 40, 400),
    ];

    /// <summary>The texts of a file, in any format of a corpus; without one, <see cref="BuiltIn"/>.</summary>
    public static IReadOnlyList<string> Read(string? file, CancellationToken cancellation) =>
        file is null ? BuiltIn : CorpusReader.ReadUnlabelled(file, new DataOptions(), cancellation: cancellation).Texts();

    private static IEnumerable<string> Repeated(params int[] counts) =>
        counts.Select(count => string.Join(' ', Enumerable.Repeat("this one goes on and on, as long texts do.", count)));
}
