using Retort.Data;
using Retort.Evaluation;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Teachers;
using Retort.Tests.Distillation;
using Retort.Tests.Teachers;
using Retort.Transfer.Augmentation;

namespace Retort.Tests.Pipeline;

/// <summary>Augmented texts in a run, on copies of the finished one.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class AugmentStageTests(FinishedRun run) : IDisposable
{
    private static readonly AugmentationOptions Options = new() { Copies = 2, Mask = 0.2, Replace = 0.2, Neighbours = 3 };

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_texts_stand_in_a_file_and_are_labelled_by_the_teacher()
    {
        Recipe recipe = Augmenting(Options);
        RunResult result = Again(recipe, Stage.Label);
        AugmentationReport report = result.Augmentation!;
        string[] texts = Written();
        Assert.Equal((120, texts.Length, "[MASK]"), (report.Asked, report.Kept, report.Mask));
        Assert.InRange(texts.Length, 60, 120);
        Assert.Equal(texts.Length, result.Labelling!.Computed);
        string[] known = [.. Enumerable.Range(0, 114).Select(ToyCorpus.Text)];
        Assert.Empty(texts.Intersect(known));
        Assert.Contains(_messages, message => message.StartsWith($"{texts.Length} augmented texts, of 120 asked for", StringComparison.Ordinal));
        Assert.Contains("7 of 7 words of train have neighbours", _messages);
        StageRecord record = Manifest.Load(_folder["tiny"]).Stages["augment"];
        Assert.Equal(["augmented/texts.tsv"], record.Outputs.Keys);
        Assert.Equal(["encoder", "near_duplicates", "options", "other_texts", "texts", "tokenizer"], record.Inputs.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(texts.Length, record.Result.GetProperty("kept").GetInt32());
    }

    [Fact]
    public void A_second_run_leaves_it_out_and_other_options_run_it_and_what_follows()
    {
        Recipe recipe = Augmenting(Options);
        Again(recipe, Stage.Distill);
        _messages.Clear();
        Again(recipe, Stage.Distill);
        Assert.Contains("augment is up to date", _messages);
        Assert.Empty(Ran());
        Again(recipe with { Augmentation = Options with { Seed = 2 } }, Stage.Distill);
        Assert.Equal(["augment: options changed", "label: texts changed", "students/seed-1-without-teacher: unlabelled changed", "students/seed-1: unlabelled changed"], Ran());
    }

    [Fact]
    public void Texts_that_are_lost_are_made_again_to_the_same()
    {
        Recipe recipe = Augmenting(Options);
        Again(recipe, Stage.Augment);
        string[] texts = Written();
        File.Delete(TextsFile);
        _messages.Clear();
        Again(recipe, Stage.Augment);
        Assert.Equal(["augment: augmented/texts.tsv is missing or changed"], Ran());
        Assert.Equal(texts, Written());
    }

    [Fact]
    public void Labels_have_no_part_in_it()
    {
        Recipe recipe = Augmenting(Options);
        Again(recipe, Stage.Augment);
        string[] texts = Written();
        string train = _folder.Write("train.tsv", "text\tlabel\n" + string.Concat(Enumerable.Range(0, 60)
            .Select(k => $"{ToyCorpus.Text(k)}\t{ToyCorpus.Labels[k / 3 % 2]}\n")));
        _messages.Clear();
        Again(recipe with { Data = recipe.Data with { Train = train } }, Stage.Augment);
        Assert.Empty(Ran());
        string other = _folder.Write("other.tsv", File.ReadAllText(train).Replace("\tgood", "\tzebra", StringComparison.Ordinal).Replace("\tbad", "\tgiraffe", StringComparison.Ordinal));
        string held = _folder.Write("held.tsv", "text\tlabel\n" + string.Concat(Enumerable.Range(60, 54).Select(k => $"{ToyCorpus.Text(k)}\t{(k % 2 == 0 ? "zebra" : "giraffe")}\n")));
        Again(recipe with { Name = "renamed", Data = recipe.Data with { Train = other, Dev = held, Test = held, Leaks = LeakPolicy.Allow } }, Stage.Augment);
        Assert.Equal(texts, File.ReadAllLines(_folder["renamed/augmented/texts.tsv"])[1..]);
    }

    [Fact]
    public void Word_vectors_of_a_file_are_used_and_other_ones_in_it_run_the_stage()
    {
        string vectors = _folder.Write("vectors.txt", "good 1 0\nbad 0.9 0.1\nfilm 0 1\n");
        Recipe recipe = Augmenting(Options with { Vectors = vectors, Mask = 0, Ngram = 0, Replace = 1, Neighbours = 1 });
        Again(recipe, Stage.Augment);
        Assert.Contains("3 of 7 words of train have neighbours", _messages);
        // Every good has become a bad, and every film too: its nearest.
        Assert.All(Written(), text => Assert.DoesNotContain("film", text, StringComparison.Ordinal));
        File.WriteAllText(vectors, "good 1 0\nbad 0.9 0.1\nfilm 0 1\nplot 0 2\n");
        _messages.Clear();
        Again(recipe, Stage.Augment);
        Assert.Equal(["augment: vectors changed"], Ran());
    }

    [Fact]
    public void The_head_of_the_encoder_predicts_words_where_it_has_one()
    {
        Recipe recipe = Augmenting(Options with { Mask = 0, Replace = 0, Predict = 0.5 });
        var error = Assert.Throws<RetortException>(() => Again(recipe, Stage.Augment));
        Assert.Contains("this encoder was saved without it", error.Message, StringComparison.Ordinal);
        Again(recipe with { Teacher = recipe.Teacher with { Encoder = TinyBert.Write(_folder["masked"], masked: true) } }, Stage.Augment);
        Assert.NotEmpty(Written());
        Assert.All(Written().SelectMany(text => text.Split(' ')), word => Assert.Contains(word, TinyBert.Tokens));
    }

    [Theory]
    [InlineData(0, "augmentation.copies is 0: expected at least 1")]
    [InlineData(1, "augmentation.vectors is none.txt: there is no such file")]
    public void What_cannot_be_done_is_said_at_once(int copies, string message)
    {
        Recipe recipe = Augmenting(Options with { Copies = copies, Vectors = "none.txt" });
        if (copies == 0)
            recipe = recipe with { Augmentation = new AugmentationOptions() };
        Assert.Contains(message, Assert.Throws<UsageException>(() => Again(recipe, Stage.Augment)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_of_another_language_are_refused()
    {
        Recipe recipe = Augmenting(Options with { Vectors = _folder.Write("vectors.txt", "房间 1 0\n酒店 0 1\n") });
        var error = Assert.Throws<UsageException>(() => Again(recipe, Stage.Augment));
        Assert.Contains("has vectors of 0 of the 7 words of train: expected one of the corpus's language", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_signals_cannot_label_them()
    {
        string file = _folder.Write("t.tsv", "text\tlogits_0\tlogits_1\n" + string.Concat(Enumerable.Range(0, 114)
            .Select(k => $"{ToyCorpus.Text(k)}\t{(ToyCorpus.Class(k) == 0 ? "2\t-2" : "-2\t2")}\n")));
        Recipe recipe = Augmenting(Options);
        recipe = recipe with { Name = "own", Teacher = new TeachOptions { Sources = [file], Encoder = run.Encoder } };
        var error = Assert.Throws<RetortException>(() => Again(recipe, Stage.Distill));
        Assert.Contains("texts of train and the augmented texts have no signal of t.tsv", error.Message, StringComparison.Ordinal);
        Assert.Contains("add a teacher that labels any text", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_students_line_of_results_tells_how_its_texts_were_augmented()
    {
        Recipe recipe = run.Recipe with { Augmentation = Options, Transfer = run.Recipe.Transfer with { Unlabelled = ["/data/more.tsv"] } };
        ResultsLine[] lines = [.. RunResultsLines.Of(recipe, run.Result, "retort run", DateTimeOffset.UnixEpoch)];
        ResultsLine student = lines.First(line => line.Role == Role.Student);
        Assert.Contains("transfer.unlabelled=more.tsv", student.Settings, StringComparison.Ordinal);
        Assert.Contains("augmentation.copies=2 augmentation.mask=0.2 augmentation.neighbours=3 augmentation.replace=0.2", student.Settings, StringComparison.Ordinal);
        Assert.DoesNotContain("augmentation", lines[0].Settings, StringComparison.Ordinal);
    }

    private string TextsFile => _folder["tiny/augmented/texts.tsv"];

    private string[] Written()
    {
        string[] lines = File.ReadAllLines(TextsFile);
        Assert.Equal("text", lines[0]);
        return lines[1..];
    }

    // Texts of four words of seven are nearly one another.
    private Recipe Augmenting(AugmentationOptions options)
    {
        Recipe recipe = run.CopyTo(_folder);
        return recipe with
        {
            Augmentation = options,
            Transfer = recipe.Transfer with { NearDuplicates = 1 },
            Distillation = recipe.Distillation with { Seeds = [1], Epochs = 1 },
        };
    }

    private RunResult Again(Recipe recipe, Stage to) => FinishedRun.Run(recipe, to, messages: _messages);

    private string[] Ran() => [.. _messages.Where(message => message.Contains(" runs", StringComparison.Ordinal))
        .Select(message => message.Replace(" runs", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
}
