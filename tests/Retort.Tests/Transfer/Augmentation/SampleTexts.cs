namespace Retort.Tests.Transfer.Augmentation;

/// <summary>Texts as corpora have them, and such as they should not have.</summary>
internal static class SampleTexts
{
    public static string[] English { get; } =
    [
        "a gorgeous , witty , seductive movie .",
        "it 's a charming and often affecting journey .",
        "unflinchingly bleak and desperate",
        "allows us to hope that nolan is poised to embark a major career as a commercial yet inventive filmmaker .",
        "The acting, costumes, music and sound aren't astounding; the film-maker's 3.5 hours are.",
        "it 's slow -- very , very slow .",
        "A sometimes tedious film\twith a line end\nin it.",
        "or doing last year 's taxes with your ex-wife .",
        "you do n't have to know about music to appreciate the film 's easygoing blend of comedy and romance .",
        "in exactly 89 minutes , most of which passed as slowly as if i 'd been sitting naked on an igloo",
    ];

    public static string[] Chinese { get; } =
    [
        "服务态度一般，打电话确认的时候服务员态度恶劣不耐烦。",
        "房间很干净，服务员也很热情，下次还会住这家酒店！",
        "酒店位置不错，离地铁站很近，早餐一般。",
        "房间小，隔音差，服务态度也差。",
        "性价比高，房间干净，早餐丰富，推荐。",
        "前台服务员态度很好，wifi速度快，free breakfast也不错。",
        "酒店在市中心，交通方便，房间设施有点旧。",
        "這家酒店的早餐很好，房間也乾淨。",
    ];

    /// <summary>Among these are some of which no other text can be made.</summary>
    public static string[] Odd { get; } =
    [
        "good",
        "好",
        "😀",
        "👨‍👩‍👧 👍🏽",
        "...",
        "!?",
        "[MASK]",
        "don't",
        "a",
        "e\u0301te\u0301 cafe\u0301",
        "\u00a0non\u2003breaking\u3000blanks\u00a0",
        "\ud800 lone surrogate",
        string.Join(' ', Enumerable.Range(0, 4000).Select(k => $"word{k % 97}")),
        string.Concat(Enumerable.Repeat("房间很干净服务也好", 300)),
    ];

    public static string[] All { get; } = [.. English, .. Chinese, .. Odd];
}
