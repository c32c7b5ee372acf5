using Retort.Pipeline;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Tests.Distillation;
using Retort.Transfer;

namespace Retort.Tests.Pipeline;

/// <summary>The texts of <c>transfer.unlabelled</c> in a run's folder, each on a copy of the finished run.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class UnlabelledStageTests(FinishedRun run) : IDisposable
{
    private static readonly string[] Own = ["a good good film", "the bad bad plot", "an end", "one more"];

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Texts_are_read_once_and_again_where_their_file_or_the_store_has_changed()
    {
        Recipe recipe = Recipe(["text", .. Own, "A good  GOOD film", ToyCorpus.Text(0), ToyCorpus.Text(70)]);
        Assert.Equal("transfer runs: it has not been run yet", Again(recipe));
        string counts = "unlabelled: 7 texts from " + recipe.Transfer.Unlabelled[0] + "; left out: 1 that repeat another, 1 of train, 1 of dev or test, 0 nearly of dev or test";
        Assert.Contains(counts, _messages);
        Assert.Equal(Own, Stored());
        Assert.Equal("transfer is up to date", Again(recipe));
        Assert.Contains(counts, _messages);

        byte[] bytes = File.ReadAllBytes(_folder["tiny/transfer/texts.bin"]);
        bytes[3] ^= 1;
        File.WriteAllBytes(_folder["tiny/transfer/texts.bin"], bytes);
        Assert.Equal("transfer runs: transfer/texts.bin is missing or changed", Again(recipe));
        Assert.Equal(Own, Stored());

        File.Delete(_folder["tiny/transfer/offsets.bin"]);
        Assert.Equal("transfer runs: transfer/offsets.bin is missing or changed", Again(recipe));
        Assert.Equal(Own, Stored());

        File.AppendAllText(recipe.Transfer.Unlabelled[0], "yet another\n");
        Assert.Equal("transfer runs: files changed", Again(recipe));
        Assert.Equal([.. Own, "yet another"], Stored());

        Assert.Equal("transfer runs: options changed", Again(recipe with { Transfer = recipe.Transfer with { Limit = 2 } }));
        Assert.Contains("unlabelled: the first 2 of them are used (transfer.limit)", _messages);
        Assert.Equal(Own[..2], Stored());
    }

    /// <summary>The hashes by which a run knows its texts again are those of the texts as plain lines.</summary>
    [Fact]
    public void What_later_stages_depend_on_is_the_texts_not_how_they_are_kept()
    {
        Recipe recipe = Recipe(["text", .. Own]) with { Distillation = run.Recipe.Distillation with { Seeds = [1], Epochs = 1 } };
        RunResult result = FinishedRun.Run(recipe, Stage.Distill, messages: _messages);
        Assert.Equal([64, 60], result.Students.Select(student => student.Texts));
        Assert.Equal(118, result.Labelling!.Texts);
        Manifest manifest = Manifest.Load(_folder["tiny"]);
        Assert.Equal(ContentHash.OfLines(Own), manifest.Stages["students/seed-1"].Inputs["unlabelled"]);
        Assert.Equal(ContentHash.OfLines([.. Enumerable.Range(0, 114).Select(ToyCorpus.Text), .. Own]), manifest.Stages["label"].Inputs["texts"]);
        Assert.Empty(Directory.GetFiles(_folder["tiny"], "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_bad_row_stops_the_run_by_its_line_and_skipped_ones_are_listed_in_every_run()
    {
        Recipe recipe = Recipe(["text", Own[0], "two\tcolumns", Own[1]]);
        string place = $"{recipe.Transfer.Unlabelled[0]}, line 3: 2 columns, expected 1";
        Assert.StartsWith(place, Assert.Throws<RetortException>(() => Again(recipe)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["tiny/transfer/texts.bin"]));
        Recipe skipping = recipe with { Data = recipe.Data with { SkipBadRows = true } };
        for (int time = 0; time < 2; time++)
        {
            Again(skipping);
            Assert.Contains("bad rows skipped: 1", _messages);
            Assert.Contains(_messages, message => message.StartsWith($"  {place}", StringComparison.Ordinal));
        }
        Assert.Equal(Own[..2], Stored());
    }

    [Fact]
    public void Several_files_are_read_one_behind_the_other_and_each_has_its_own_bad_rows()
    {
        string[] files =
        [
            _folder.Write("one.tsv", $"text\n{Own[0]}\ntwo\tcolumns\n"),
            _folder.Write("two.jsonl", $"{{\"text\": \"{Own[1]}\"}}\n{{\"text\": \"{Own[0]}\"}}\nno JSON\n"),
        ];
        Recipe recipe = run.CopyTo(_folder);
        recipe = recipe with { Data = recipe.Data with { SkipBadRows = true }, Transfer = new TransferOptions { Unlabelled = files, NearDuplicates = 1 } };
        Again(recipe);
        Assert.Equal(Own[..2], Stored());
        Assert.Contains(_messages, message => message.StartsWith($"unlabelled: 3 texts from {files[0]}, {files[1]}; left out: 1 that repeat another, 0 of train", StringComparison.Ordinal));
        foreach (string file in files)
            Assert.Contains(_messages, message => message.StartsWith($"  {file}, line 3", StringComparison.Ordinal));
        Assert.Equal("transfer runs: files, formats changed", Again(recipe with { Transfer = recipe.Transfer with { Unlabelled = [files[1], files[0]] } }));
        Assert.Equal([Own[1], Own[0]], Stored());
        File.Delete(files[0]);
        var error = Assert.Throws<UsageException>(() => Again(recipe));
        Assert.Contains(files[0], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_the_teacher_is_unsure_of_are_left_out_and_the_students_are_trained_anew()
    {
        double[] sure = [0.99, 0.6, 0.95, 0.55];
        IEnumerable<(string Text, double Good)> signals = Enumerable.Range(0, 114).Select(k => (ToyCorpus.Text(k), ToyCorpus.Class(k) == 1 ? 0.8 : 0.2)).Concat(Own.Zip(sure));
        string file = _folder.Write("signals.jsonl", string.Concat(signals.Select(signal =>
            FormattableString.Invariant($"{{\"text\": \"{signal.Text}\", \"p\": {{\"good\": {signal.Good}, \"bad\": {1 - signal.Good}}}}}\n"))));
        Recipe recipe = Recipe(["text", .. Own]) with
        {
            Teacher = new TeachOptions { Sources = [file], Encoder = run.Encoder },
            Labelling = new LabelOptions(),
            Distillation = run.Recipe.Distillation with { Seeds = [1], Epochs = 1 },
        };
        Assert.Equal(64, FinishedRun.Run(recipe, Stage.Distill).Students[0].Texts);
        Recipe unsure = recipe with { Transfer = recipe.Transfer with { MinConfidence = 0.9 } };
        // Train stays whole, whatever the teacher says of it.
        Assert.Equal(62, FinishedRun.Run(unsure, Stage.Distill, messages: _messages).Students[0].Texts);
        Assert.Contains("2 of 4 texts without a label are left out, which the teacher is unsure of (transfer.min_confidence); 2 are distilled on", _messages);
        Assert.Contains("students/seed-1 runs: min_confidence changed", _messages);
        Assert.Contains("label is up to date", _messages);
        var error = Assert.Throws<UsageException>(() => FinishedRun.Run(recipe with { Transfer = recipe.Transfer with { MinConfidence = 0.999 } }, Stage.Distill));
        Assert.Equal("transfer.min_confidence", error.Key);
    }

    [Fact]
    public void Of_several_labels_no_probability_says_how_sure_the_teacher_is()
    {
        Recipe recipe = Recipe(["text", .. Own]);
        recipe = recipe with { Data = recipe.Data with { LabelSeparator = "," }, Transfer = recipe.Transfer with { MinConfidence = 0.5 } };
        var error = Assert.Throws<UsageException>(() => FinishedRun.Run(recipe, Stage.Teach));
        Assert.Equal("transfer.min_confidence", error.Key);
        Assert.Contains("the task is multi-label", error.Message, StringComparison.Ordinal);
    }

    private Recipe Recipe(string[] lines) => run.CopyTo(_folder) with
    {
        Transfer = new TransferOptions { Unlabelled = [_folder.Write("more.tsv", string.Concat(lines.Select(line => line + "\n")))], NearDuplicates = 1 },
    };

    /// <summary>Runs as far as labelling, and what it said of the stage.</summary>
    private string Again(Recipe recipe)
    {
        _messages.Clear();
        FinishedRun.Run(recipe, Stage.Label, messages: _messages);
        return _messages.Single(message => message.StartsWith("transfer ", StringComparison.Ordinal));
    }

    private string[] Stored()
    {
        using TextStore store = TextStore.Open(_folder["tiny/transfer"]);
        return [.. store];
    }
}
