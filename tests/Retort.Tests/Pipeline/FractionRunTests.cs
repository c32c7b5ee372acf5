using System.Globalization;
using System.Text.Json;
using Retort.Data;
using Retort.Evaluation;
using Retort.Fractionation;
using Retort.Fractionation.Scores;
using Retort.Pipeline;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using Retort.Tests.Distillation;

namespace Retort.Tests.Pipeline;

/// <summary>Runs whose students are distilled on chosen texts.</summary>
[Collection(FinishedRunTests.Name)]
public sealed class FractionRunTests(FinishedRun run) : IDisposable
{
    private static readonly FractionationOptions Entropy = new() { Scores = [Score.Entropy], Fraction = 0.5 };

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _messages = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_seed_has_a_student_on_a_random_fraction_beside_and_on_request_one_on_all_texts()
    {
        Recipe recipe = Recipe(Entropy) with { Results = _folder["results.csv"] };
        RunResult result = Run(recipe, Stage.Evaluate);
        Assert.Equal(["evaluate", "students/seed-1", "students/seed-1-on-random-fraction", "students/seed-2", "students/seed-2-on-random-fraction"], Ran());
        string[] models = ["student 1", "student-on-random-fraction 1", "student-without-teacher 1", "student 2", "student-on-random-fraction 2", "student-without-teacher 2"];
        Assert.Equal(models, result.Report!.Models.Skip(1).Select(model => $"{model.Role.Name()} {model.Seed}"));
        Assert.Equal(2, result.Report.Test.McNemarOfRandom.Count);
        Assert.All((string[])["seed-1", "seed-1-on-random-fraction", "seed-2", "seed-2-on-random-fraction"], name => Assert.Equal(30, Choice(name, "choice-000").Length));
        Assert.NotEqual(Choice("seed-1", "choice-000"), Choice("seed-1-on-random-fraction", "choice-000"));
        Assert.NotEqual(Choice("seed-1-on-random-fraction", "choice-000"), Choice("seed-2-on-random-fraction", "choice-000"));
        Assert.Contains("fractions/seed-1/choice-000.json", Manifest.Load(result.Folder).Stages["students/seed-1"].Outputs.Keys);

        IReadOnlyList<ResultsLine> lines = ResultsLog.Open(recipe.Results).Read();
        Assert.Contains("fractionation.fraction=0.5 fractionation.scores=entropy", Settings(lines, Role.Student), StringComparison.Ordinal);
        Assert.Contains("fractionation.fraction=0.5 fractionation.scores=random", Settings(lines, Role.StudentOnRandomFraction), StringComparison.Ordinal);
        Assert.DoesNotContain("fractionation", Settings(lines, Role.StudentWithoutTeacher), StringComparison.Ordinal);

        Again(recipe, Stage.Evaluate);
        Assert.Empty(Ran());
        recipe = recipe with { Fractionation = Entropy with { Compare = true } };
        RunResult compared = Again(recipe, Stage.Evaluate);
        Assert.Equal(["evaluate", "students/seed-1-on-all-texts", "students/seed-2-on-all-texts"], Ran());
        Assert.Equal(2, compared.Report!.Models.Count(model => model.Role == Role.StudentOnAllTexts));
        Assert.Equal([(Role.Student, 2), (Role.StudentOnRandomFraction, 2), (Role.StudentOnAllTexts, 2)], compared.Report.Convergence.Select(row => (row.Role, row.Seeds)));
        Assert.Equal(2, compared.Report.Convergence[2].Reached);
        Assert.DoesNotContain("fractionation", Settings(ResultsLog.Open(recipe.Results).Read(), Role.StudentOnAllTexts), StringComparison.Ordinal);
        // It is the student of a run that chooses nothing.
        Assert.Equal(ContentHash.OfFile(Path.Combine(run.Result.Folder, "students/seed-2/model.safetensors")),
            ContentHash.OfFile(_folder["tiny/students/seed-2-on-all-texts/model.safetensors"]));
    }

    [Fact]
    public void Another_choice_trains_only_the_students_that_it_concerns()
    {
        Run(OneSeed(Entropy), Stage.Distill);
        Again(OneSeed(Entropy with { Scores = [Score.Margin, Score.LeastConfidence], Combine = ScoreCombination.Product }), Stage.Distill);
        Assert.Equal(["students/seed-1"], Ran());
        Again(OneSeed(Entropy with { Fraction = 0.4 }), Stage.Distill);
        Assert.Equal(["students/seed-1", "students/seed-1-on-random-fraction"], Ran());
        Again(OneSeed(new()), Stage.Distill);
        Assert.Equal(["students/seed-1"], Ran());
    }

    [Fact]
    public void A_choice_that_was_altered_is_made_again_with_its_student()
    {
        Run(OneSeed(Entropy), Stage.Distill);
        string file = _folder["tiny/fractions/seed-1/choice-000.parquet"], hash = ContentHash.OfFile(file);
        File.Delete(file);
        Again(OneSeed(Entropy), Stage.Distill);
        Assert.Equal(["students/seed-1"], Ran());
        Assert.Equal(hash, ContentHash.OfFile(file));
    }

    [Theory]
    [InlineData("balance", new[] { "seed-1", "seed-1-on-all-texts" })]
    [InlineData("random", new[] { "seed-1" })]
    [InlineData("divergence", new[] { "seed-1", "seed-1-on-random-fraction" })]
    public void The_control_is_a_random_fraction_and_of_balanced_classes_all_texts(string what, string[] students)
    {
        FractionationOptions options = what switch
        {
            "balance" => new() { ClassBalance = ClassBalance.Inverse },
            "random" => Entropy with { Scores = [Score.Random] },
            _ => Entropy with { Scores = [Score.Divergence] },
        };
        RunResult result = Run(OneSeed(options), Stage.Distill);
        Assert.Equal([.. students, "seed-1-without-teacher"], result.Students.Select(student => Path.GetFileName(student.Folder)));
        // As many steps for each.
        Assert.Equal([48], result.Students.Select(student => student.Training.Steps).Distinct());
        Assert.All(students.Where(student => Directory.Exists(_folder[$"tiny/fractions/{student}"])),
            student => Assert.Equal(what == "divergence" ? 6 : 1, Directory.GetFiles(_folder[$"tiny/fractions/{student}"], "choice-*.parquet").Length));
    }

    [Theory]
    [InlineData(Schedule.Stages, new[] { 0.5, 0.3, 1 }, new[] { 30, 18, 60 })]
    [InlineData(Schedule.Rounds, new[] { 0.1, 0.2, 0.3, 0.4, 0.5 }, new[] { 6, 12, 18, 24, 30 })]
    public void Fractionate_tells_what_would_be_chosen_and_trains_nothing(Schedule schedule, double[] shares, int[] chosen)
    {
        Recipe recipe = OneSeed(Entropy with { Schedule = schedule });
        RunResult dry = Run(recipe, Stage.Fractionate);
        Assert.Empty(Ran());
        Assert.Empty(dry.Students);
        Assert.False(Directory.Exists(_folder["tiny/fractions"]));
        Assert.Empty(Directory.GetFiles(Directory.GetCurrentDirectory(), "fraction-*"));
        Assert.Equal(shares, dry.Fractions!.Select(fraction => Math.Round(fraction.Share, 9)));
        Assert.Equal(chosen, dry.Fractions!.Select(fraction => fraction.Chosen));
        Again(recipe, Stage.Distill);
        Assert.Equal(JsonSerializer.Serialize(dry.Fractions, JsonForm.Indented), JsonSerializer.Serialize(FractionLog.Read(_folder["tiny/fractions/seed-1"]), JsonForm.Indented));
    }

    [Fact]
    public void Of_a_choice_that_follows_the_student_only_the_first_is_known_before()
    {
        RunResult dry = Run(OneSeed(Entropy with { Scores = [Score.Divergence] }), Stage.Fractionate);
        Assert.Empty(Assert.Single(dry.Fractions!).Scores);
        Assert.Contains(_messages, message => message.StartsWith("what comes after the first choice depends on the student", StringComparison.Ordinal));
    }

    [Fact]
    public void In_rounds_the_teacher_labels_what_is_chosen_alone()
    {
        Recipe recipe = OneSeed(Entropy with { Scores = [Score.Uncertainty], Schedule = Schedule.Rounds, Rounds = 3 });
        recipe = recipe with { Labelling = recipe.Labelling with { Cache = _folder["cache"] } };
        RunResult result = Run(recipe, Stage.Evaluate);
        // 24 texts of dev and 30 of test.
        Assert.Equal(54, result.Labelling!.Computed);
        Assert.Equal("Texts of the transfer set that the teacher labelled for the student: 30", result.Report!.TeacherCallsText());
        Assert.Equal([(30, 30), (30, 30), (60, 0)], result.Students.Select(student => (student.Texts, student.TeacherCalls)));
        int[] chosen = Choice("seed-1", "choice-002");
        Assert.Subset(chosen.ToHashSet(), Choice("seed-1", "choice-001").ToHashSet());
        Assert.Equal(54 + chosen.Union(Choice("seed-1-on-random-fraction", "choice-002")).Count(), Directory.GetFiles(_folder["cache"], "shard-*.parquet", SearchOption.AllDirectories).Sum(shard => SignalShard.ReadKeys(shard).Length));
        Again(recipe, Stage.Evaluate);
        Assert.Empty(Ran());
    }

    [Fact]
    public void To_ask_for_a_choice_where_there_is_none_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => Run(OneSeed(new()), Stage.Fractionate));
        Assert.Equal("fractionation.scores", error.Key);
        Assert.Contains("expected one or several of random, random_anew, entropy, margin, least_confidence, likeness, density_ratio, language_model, farthest_first, facility_location, uncertainty, divergence, variability, forgetting; or class_balance or logit_adjustment",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_folds_texts_are_scored_by_encoders_that_have_not_learnt_from_them()
    {
        Recipe recipe = OneSeed(Entropy with { Select = Selection.Highest, Folds = 2 });
        Run(recipe, Stage.Distill);
        Assert.Equal(["folds/0", "folds/1", "students/seed-1", "students/seed-1-on-random-fraction"], Ran());
        Assert.Contains(_messages, message => message.StartsWith("2 encoders, each asked of the texts of train that it has not learnt from: accuracy ", StringComparison.Ordinal));

        int[] folds = Folds.Assign(ToyCorpus.Rows(0, 60), 2, recipe.Teacher.Seed);
        double[] entropies = new double[60];
        foreach (int row in Enumerable.Range(0, 60))
        {
            using var teacher = EncoderLabeller.Load(_folder[$"tiny/folds/{folds[row]}"], recipe.Labelling with { PooledState = PooledState.None }, TorchSharp.torch.CPU);
            using SignalCache cache = SignalCache.Open(_folder["tiny/signals"], teacher.Source);
            Assert.Equal(30, cache.Count);
            entropies[row] = TeacherScores.Of(Score.Entropy, TaskKind.SingleLabel, cache.Logits([ToyCorpus.Text(row)]).Row(0));
        }
        int[] chosen = Choice("seed-1", "choice-000");
        Assert.Equal(30, chosen.Length);
        Assert.True(chosen.Min(row => entropies[row]) >= Enumerable.Range(0, 60).Except(chosen).Max(row => entropies[row]));

        Again(recipe, Stage.Distill);
        Assert.Empty(Ran());
        // They learn what the teacher learns.
        string soft = _folder.Write("soft.tsv", "text\tlogits_0\tlogits_1\n" + string.Concat(Enumerable.Range(0, 60).Select(k => FormattableString.Invariant($"{ToyCorpus.Text(k)}\t{2 - 4 * ToyCorpus.Class(k)}\t{4 * ToyCorpus.Class(k) - 2}\n"))));
        Again(recipe with { Teacher = recipe.Teacher with { SoftLabels = soft } }, Stage.Fractionate);
        Assert.Contains("folds/0", Ran());
        Assert.Contains(_messages, message => message.Contains("soft_label", StringComparison.Ordinal));
        Run(recipe, Stage.Distill);
        Again(recipe with { Fractionation = recipe.Fractionation with { Folds = 0 } }, Stage.Distill);
        Assert.Equal(["students/seed-1"], Ran());
        Assert.NotEqual(chosen, Choice("seed-1", "choice-000"));
    }

    [Fact]
    public void By_a_proxys_answers_the_teacher_labels_what_is_chosen_alone()
    {
        string file = ProxyFile(60, row => row % 2 == 0 ? 0 : 5);
        Recipe recipe = OneSeed(Entropy with { Select = Selection.Highest, Schedule = Schedule.Rounds, Rounds = 3, Proxy = file });
        recipe = recipe with { Labelling = recipe.Labelling with { Cache = _folder["cache"] } };
        RunResult result = Run(recipe, Stage.Distill);
        Assert.Equal(54, result.Labelling!.Computed);
        Assert.Equal([(30, 30), (30, 30), (60, 0)], result.Students.Select(student => (student.Texts, student.TeacherCalls)));
        // It is sure of every other text.
        Assert.Equal(Enumerable.Range(0, 30).Select(k => 2 * k), Choice("seed-1", "choice-002"));
        Assert.Contains("proxy.tsv was asked of 60 texts, and scores go by its answers; accuracy on train 1.0000", _messages);
        Again(recipe, Stage.Distill);
        Assert.Empty(Ran());
        ProxyFile(60, row => row % 2 == 0 ? 5 : 0);
        Again(recipe, Stage.Distill);
        Assert.Equal(["students/seed-1"], Ran());
        Assert.Equal(Enumerable.Range(0, 30).Select(k => 2 * k + 1), Choice("seed-1", "choice-002"));
    }

    [Fact]
    public void What_the_teacher_is_not_asked_of_is_learnt_by_its_label()
    {
        Recipe recipe = OneSeed(Entropy with { Scores = [Score.Uncertainty], Schedule = Schedule.Rounds, Rounds = 3, Unchosen = Unchosen.Label });
        recipe = recipe with { Labelling = recipe.Labelling with { Cache = _folder["cache"] } };
        RunResult result = Run(recipe, Stage.Distill);
        Assert.Equal(54, result.Labelling!.Computed);
        Assert.Equal([(60, 30), (60, 30), (60, 0)], result.Students.Select(student => (student.Texts, student.TeacherCalls)));
        Assert.Equal(["soft_label", "unchosen_label"], result.Students[0].Training.History[^1].Terms.Select(term => term.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_proxy_that_is_not_there_or_lacks_texts_is_refused()
    {
        Recipe recipe = OneSeed(Entropy with { Proxy = _folder["none.tsv"] });
        var missing = Assert.Throws<UsageException>(() => Run(recipe, Stage.Distill));
        Assert.Equal("fractionation.proxy", missing.Key);
        Assert.Contains("none.tsv: there is no such file; expected a finished model, a file of its answers or command:LINE", missing.Message, StringComparison.Ordinal);
        recipe = recipe with { Fractionation = recipe.Fractionation with { Proxy = ProxyFile(40, _ => 1) } };
        var lacking = Assert.Throws<RetortException>(() => Run(recipe, Stage.Distill));
        Assert.Contains($"fractionation.proxy: proxy.tsv has answers for 40 of 60 texts of the transfer set, the first without one: '{ToyCorpus.Text(40)}': expected one for each", lacking.Message,
            StringComparison.Ordinal);
    }

    /// <summary>What a proxy says of the first texts: logits of 0 for the first class, and for the second as given.</summary>
    private string ProxyFile(int count, Func<int, int> logit) => _folder.Write("proxy.tsv", "text\tlogits_0\tlogits_1\n"
        + string.Concat(Enumerable.Range(0, count).Select(row => FormattableString.Invariant($"{ToyCorpus.Text(row)}\t0\t{logit(row)}\n"))));

    [Theory]
    [InlineData(Score.Likeness)]
    [InlineData(Score.DensityRatio)]
    [InlineData(Score.LanguageModel)]
    public void What_is_like_the_target_is_chosen(Score score)
    {
        Run(OneSeed(new() { Scores = [score], Select = Selection.Highest, Fraction = 0.25, Target = Target(), Neighbours = 2 }), Stage.Distill);
        int[] chosen = Choice("seed-1", "choice-000");
        Assert.Equal(15, chosen.Length);
        // A language model goes by the fillers, too; by chance it would be 7 or 8.
        Assert.InRange(chosen.Count(row => ToyCorpus.Class(row) == 1), score == Score.LanguageModel ? 12 : 15, 15);
        Assert.Contains(_messages, message => message == $"target: 5 texts from {_folder["target.txt"]}; left out: 1 of dev or test");
    }

    [Theory]
    // 4 texts of test, none of which is left, and all of train.
    [InlineData(84, 4, "target.txt: of 4 texts none is left that does not stand in dev or test: expected texts of the domain that the student is for")]
    [InlineData(0, 60, "target.txt: every text of the transfer set stands in the target, so none is more like it than another: expected another corpus")]
    public void A_target_that_tells_no_text_from_another_is_refused_before_a_teacher_is_trained(int start, int count, string message)
    {
        string target = _folder.Write("target.txt", string.Concat(Enumerable.Range(start, count).Select(k => ToyCorpus.Text(k) + "\n")));
        foreach (Score score in (Score[])[Score.LanguageModel, Score.Likeness])
        {
            Recipe recipe = OneSeed(new() { Scores = [score], Target = target });
            // A teacher that would have to be trained.
            recipe = recipe with { Teacher = recipe.Teacher with { Seed = 7 } };
            var error = Assert.Throws<UsageException>(() => Again(recipe, Stage.Distill));
            Assert.Equal("fractionation.target", error.Key);
            Assert.EndsWith(message, error.Message, StringComparison.Ordinal);
            Assert.Empty(Ran());
        }
    }

    [Fact]
    public void Texts_of_another_test_set_are_taken_out_of_the_target_and_the_choice_is_made_again()
    {
        Recipe recipe = OneSeed(new() { Scores = [Score.LanguageModel], Select = Selection.Highest, Fraction = 0.25, Target = Target() });
        Run(recipe, Stage.Distill);
        Again(recipe, Stage.Distill);
        Assert.Empty(Ran());
        string more = _folder.Write("test.tsv", File.ReadAllText(recipe.Data.Test) + File.ReadLines(recipe.Fractionation.Target).Last() + "\tgood\n");
        Again(recipe with { Data = recipe.Data with { Test = more } }, Stage.Distill);
        Assert.Contains("students/seed-1", Ran());
        Assert.DoesNotContain("students/seed-1-on-random-fraction", Ran());
    }

    [Fact]
    public void Scores_that_the_first_seed_draws_are_drawn_anew_for_another_first_seed()
    {
        Recipe recipe = Recipe(new() { Scores = [Score.FarthestFirst], Select = Selection.Highest, Fraction = 0.25 });
        Run(recipe, Stage.Distill);
        Again(recipe with { Distillation = recipe.Distillation with { Seeds = [2] } }, Stage.Distill);
        Assert.Equal(["students/seed-2"], Ran());
    }

    [Fact]
    public void Importance_weighs_what_is_like_the_target_and_near_duplicates_stay_out()
    {
        RunResult result = Run(OneSeed(new() { ImportanceCap = 2, Target = Target(), NearDuplicates = 0.5 }), Stage.Evaluate);
        FractionSummary summary = Assert.Single(FractionLog.Read(_folder["tiny/fractions/seed-1"]));
        Assert.InRange(summary.Chosen, 2, 59);
        Assert.Contains(_messages, message => message == $"{60 - summary.Chosen} of 60 texts are left out that are nearly another (fractionation.near_duplicates)");
        ClassShare good = summary.Classes.Single(share => share.Name == "good");
        Assert.True(good.After > good.Before + 0.2, $"{good.Before} to {good.After}");
        Assert.Equal([Role.Student, Role.StudentOnAllTexts, Role.StudentWithoutTeacher], result.Students.Select(student => student.Role));
        Assert.Contains("<h1>tiny, seed-1: what it was distilled on</h1>", File.ReadAllText(_folder["tiny/report/fractions-seed-1.html"]), StringComparison.Ordinal);
        Assert.Equal(summary.Chosen, Assert.Single(Assert.Single(Retort.Reports.RunFiles.Read(result.Folder, Manifest.Load(result.Folder)).Fractions).Value).Chosen);
        File.WriteAllText(_folder["tiny/fractions/seed-1/choice-000.json"], "{}");
        Retort.Reports.RunFiles damaged = Retort.Reports.RunFiles.Read(result.Folder, Manifest.Load(result.Folder));
        Assert.Empty(damaged.Fractions);
        Assert.Contains(damaged.Missing, text => text.StartsWith($"a summary in {_folder["tiny/fractions/seed-1"]} is damaged (", StringComparison.Ordinal));
        Again(OneSeed(new()), Stage.Evaluate);
        Assert.Equal(["examples.json", "report.html", "results.json"], Directory.GetFiles(_folder["tiny/report"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    /// <summary>Good texts that stand neither in train nor in dev or test, and one of test.</summary>
    private string Target() => _folder.Write("target.txt", string.Concat(Enumerable.Range(113, 11).Where(k => ToyCorpus.Class(k) == 1).Select(k => ToyCorpus.Text(k) + "\n")));

    [Fact]
    public void A_class_without_texts_cannot_be_balanced()
    {
        string labels = _folder.Write("labels.txt", "bad\ngood\nso so\n");
        Recipe recipe = OwnTeacher("file.*.tsv", 3);
        recipe = recipe with { Data = recipe.Data with { LabelFile = labels }, Fractionation = new() { ClassBalance = ClassBalance.Inverse } };
        var error = Assert.Throws<UsageException>(() => Run(recipe, Stage.Distill));
        Assert.Equal("fractionation.class_balance", error.Key);
        Assert.Contains("no text of the transfer set is of the class so so", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(_folder["own"], "students"));
    }

    [Fact]
    public void Adaptive_needs_a_teacher_that_answers_for_dev()
    {
        var error = Assert.Throws<UsageException>(() => Run(OwnTeacher("file.train.tsv", 2) with { Fractionation = Entropy with { Schedule = Schedule.Adaptive } }, Stage.Distill));
        Assert.Equal("fractionation.schedule", error.Key);
        Assert.Contains("fractionation.schedule is adaptive, and the teachers have no signals of all of dev to agree with: expected another schedule", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A recipe whose teacher is a file of logits.</summary>
    private Recipe OwnTeacher(string source, int classes)
    {
        foreach ((string part, int start, int count) in new[] { ("train", 0, 60), ("dev", 60, 24) })
        {
            File.WriteAllText(_folder[$"file.{part}.tsv"], "text\t" + string.Join('\t', Enumerable.Range(0, classes).Select(k => $"logits_{k}")) + "\n"
                + string.Concat(Enumerable.Range(start, count).Select(row => $"{ToyCorpus.Text(row)}\t{string.Join('\t', Logits(row, classes))}\n")));
        }
        return run.Recipe with
        {
            Name = "own",
            Runs = _folder.Path,
            Results = "",
            Teacher = new TeachOptions { Sources = [_folder[source]], Encoder = run.Encoder },
            Distillation = run.Recipe.Distillation with { Seeds = [1] },
        };
    }

    private static IEnumerable<string> Logits(int row, int classes) => Enumerable.Range(0, classes)
        .Select(k => (k < 2 ? ToyCorpus.Teacher(row, 1).Values[k] : -9).ToString(CultureInfo.InvariantCulture));

    private Recipe Recipe(FractionationOptions options) => run.CopyTo(_folder) with { Fractionation = options };

    private Recipe OneSeed(FractionationOptions options)
    {
        Recipe recipe = Directory.Exists(_folder["tiny"]) ? run.Recipe with { Runs = _folder.Path, Results = "" } : run.CopyTo(_folder);
        return recipe with { Fractionation = options, Distillation = recipe.Distillation with { Seeds = [1] } };
    }

    private RunResult Run(Recipe recipe, Stage to) => FinishedRun.Run(recipe, to, messages: _messages);

    private RunResult Again(Recipe recipe, Stage to)
    {
        _messages.Clear();
        return Run(recipe, to);
    }

    private int[] Choice(string name, string number) => FractionFile.Chosen(_folder[$"tiny/fractions/{name}/{number}.parquet"]);

    private static string Settings(IEnumerable<ResultsLine> lines, Role role) => lines.First(line => line.Role == role).Settings;

    private string[] Ran() => [.. _messages.Where(message => message.Contains(" runs", StringComparison.Ordinal))
        .Select(message => message[..message.IndexOf(" runs", StringComparison.Ordinal)]).Order(StringComparer.Ordinal)];
}
