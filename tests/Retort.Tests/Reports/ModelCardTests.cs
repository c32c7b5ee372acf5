using Retort.Data;
using Retort.Evaluation;
using Retort.Metrics;
using Retort.Reports;
using Retort.Runtime.Model;
using YamlDotNet.Serialization;

namespace Retort.Tests.Reports;

public sealed class ModelCardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_unknown_is_said_to_be_and_what_is_known_is_told()
    {
        string card = ModelCard.ToMarkdown(Facts("reviews"));
        Assert.Contains("Retort distilled from `minilm` and `votes.tsv`, seed 7.", card, StringComparison.Ordinal);
        Assert.Contains("- minilm: apache-2.0\n- votes.tsv: licence unknown\n", card, StringComparison.Ordinal);
        Assert.Contains("12.5 % of the texts of test are longer", card, StringComparison.Ordinal);
        Assert.Contains("less than 0.1 % of the tokens of test are not in it", card, StringComparison.Ordinal);
        Assert.Contains("Its weakest class is `bad`: F1 0.3333 (precision 0.5000, recall 0.2500, 4 texts)", card, StringComparison.Ordinal);
        Assert.Contains("which languages the texts are in and who wrote them was not told to Retort: unknown", card, StringComparison.Ordinal);
        Assert.EndsWith("on 2026-01-02.\n", card, StringComparison.Ordinal);
    }

    [Fact]
    public void A_student_whose_test_has_no_labels_claims_no_accuracy()
    {
        CardFacts facts = Facts("reviews");
        CardModel student = facts.Models[0];
        string card = ModelCard.ToMarkdown(facts with
        {
            Models = [student with { Test = student.Test with { AgainstTeacher = true, Accuracy = null, MacroF1 = null, CalibratedError = null, CalibrationError = null } }],
        });
        Assert.Contains("  results: []\n---\n", card, StringComparison.Ordinal);
        Assert.Contains("accuracy is unknown", card, StringComparison.Ordinal);
        Assert.Contains("Unknown: it takes labels.", card, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: b # \"c\" \\")]
    [InlineData("'\n---\nlicense: mit")]
    [InlineData("电影 <script>`x`|")]
    public void No_name_breaks_out_of_the_metadata(string name)
    {
        string card = ModelCard.ToMarkdown(Facts(name));
        var metadata = (Dictionary<object, object>)new Deserializer().Deserialize(card["---\n".Length..card.IndexOf("\n---\n", StringComparison.Ordinal)])!;
        Assert.Equal("unknown", metadata["license"]);
        Assert.Equal(name, ((Dictionary<object, object>)((List<object>)metadata["model-index"])[0])["name"]);
        Assert.DoesNotContain("<script>", card[card.IndexOf("\n---\n", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("---\nlicense: mit\ntags: [x]\n---\n# A", "mit")]
    [InlineData("---\r\nlanguage: en\r\nlicense: \"apache-2.0\"\r\n---\r\n", "apache-2.0")]
    [InlineData("---\nlicense: unknown\n---\n", null)]
    [InlineData("---\ntags: [x]\n---\nlicense: mit\n", null)]
    [InlineData("# A\nlicense: mit\n---\n", null)]
    [InlineData("", null)]
    public void A_licence_is_that_of_the_front_matter(string card, string? licence)
    {
        Assert.Equal(licence, ModelLicence.OfCard(card));
        _folder.Write("README.md", card);
        Assert.Equal(licence, ModelLicence.Of(_folder.Path));
    }

    [Fact]
    public void The_pinned_encoder_has_a_licence_and_a_name_of_the_hub_none_that_is_known_here()
    {
        Assert.Equal("apache-2.0", ModelLicence.Of("minilm"));
        Assert.Null(ModelLicence.Of("hf:some/model"));
    }

    private static CardFacts Facts(string name)
    {
        var corpus = new Corpus("test.tsv", TaskKind.SingleLabel, new LabelSet(["bad", "good"]), [.. Enumerable.Range(0, 8).Select(k => new Sample($"text {k}", k < 4 ? 0 : 1))]);
        // One of the four bad ones is found, one good one is taken for bad.
        float[] logits = [.. Enumerable.Range(0, 8).SelectMany(k => (float[])[k is 0 or 4 ? 1 : 0, k is 0 or 4 ? 0 : 1])];
        EvaluationResult test = Evaluator.Evaluate(corpus, new LogitTable(logits, 2), null, 1.25);
        PartReport[] parts = [new("train", "/data/train.tsv", 9, 9, [4, 5]), new("dev", "/data/train.tsv", 9, 3, [1, 2]), new("test", "/data/test.tsv", 8, 8, [4, 4])];
        return new CardFacts
        {
            Name = name,
            Seed = 7,
            Data = new DataReport(["bad", "good"], parts, new(0, []), new("train", 0, 0, 0, "kept", []), [], new(0, 0, "kept", []), []),
            Kind = TaskKind.SingleLabel,
            Fingerprint = "ab",
            LearntFrom = 9,
            Teachers = [new("minilm", "apache-2.0"), new("votes.tsv", null)],
            Models = [new(Role.Student, test, 1_234_567, new Latency(8, 20, 90_000, 100)), new(Role.Teacher, test, null, null)],
            Fit = new TextFit(8, 0.125, 0.0004),
            Shape = new StudentShape { VocabularySize = 10, EmbeddingWidth = 4, Windows = [2, 3], Filters = 4, Classes = 2, Activation = Activation.Gated, Pooling = Pooling.Max },
            MaxLength = 64,
            Vocabulary = 10,
            Cpu = "a processor, 2 cores",
            Date = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero),
        };
    }
}
