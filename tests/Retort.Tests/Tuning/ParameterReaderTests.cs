using Retort.Runs;
using Retort.Tuning.Space;

namespace Retort.Tests.Tuning;

public sealed class ParameterReaderTests
{
    [Theory]
    [InlineData("distillation.temperature=1,2,3", "1|2|3")]
    [InlineData(" distillation.soft_label_loss = mse, kl ", "mse|kl")]
    [InlineData("student.windows=[2,3],[3,4,5]", "[2, 3]|[3, 4, 5]")]
    [InlineData("distillation.learning_rate=0.0010,5e-05", "0.001|5e-5")]
    [InlineData("student.filters=64", "64")]
    public void A_list_has_its_values(string given, string values) => Assert.Equal(values.Split('|'), ParameterReader.Read(given).Values);

    [Theory]
    [InlineData("distillation.learning_rate=1e-4..5e-3:log", 1e-4, 5e-3, false, true)]
    [InlineData("distillation.soft_label_weight=0.1..0.9", 0.1, 0.9, false, false)]
    [InlineData("student.filters=64..256:int", 64, 256, true, false)]
    [InlineData("student.filters=64..256", 64, 256, true, false)]
    [InlineData("student.filters=64..256:int:log", 64, 256, true, true)]
    [InlineData("distillation.temperature=1..5:int", 1, 5, true, false)]
    public void A_range_has_its_ends(string given, double low, double high, bool whole, bool logarithmic)
    {
        Parameter range = ParameterReader.Read(given);
        Assert.Equal((low, high, whole, logarithmic, 0), (range.Low, range.High, range.IsWhole, range.IsLogarithmic, range.Values.Count));
    }

    [Theory]
    [InlineData("distillation.temperature", "expected a key and its values")]
    [InlineData("distillation.temperature=", "expected a key and its values")]
    [InlineData("distillation.temprature=1,2", "did you mean 'distillation.temperature'?")]
    [InlineData("distillation=1", "distillation is a section")]
    [InlineData("distillation.temperature=1,,2", "a value is empty")]
    [InlineData("distillation.temperature=1,2,1", "1 stands twice")]
    [InlineData("distillation.temperature=1,2,1.0", "1 stands twice")]
    [InlineData("baseline.without_teacher=true,false", "it makes no student another")]
    [InlineData("distillation.temperature=warm", "distillation.temperature is 'warm': expected a number")]
    [InlineData("student.filters=1.5,2", "expected a whole number")]
    [InlineData("distillation.soft_label_loss=mse,kll", "did you mean kl?")]
    [InlineData("distillation.temperature=3..1", "expected the smaller number first")]
    [InlineData("distillation.temperature=1..2..3", "'1..2..3' is no range")]
    [InlineData("distillation.temperature=1..2:logarithm", "'logarithm' stands behind the range")]
    [InlineData("distillation.soft_label_weight=0..1:log", "expected a number above 0")]
    [InlineData("student.filters=1.5..3", "expected whole numbers")]
    [InlineData("distillation.soft_label_loss=mse..kl", "has no range")]
    [InlineData("distillation.seeds=1,2", "--finalist-seeds")]
    [InlineData("name=a,b", "not to be varied")]
    [InlineData("data.dev=a.tsv,b.tsv", "cannot be compared")]
    public void What_is_wrong_is_named(string given, string what)
    {
        string said = Assert.Throws<UsageException>(() => ParameterReader.Read(given)).Message;
        Assert.Contains(what, said, StringComparison.Ordinal);
        Assert.StartsWith("--vary ", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_is_held_as_it_reads_from_any_folder() =>
        Assert.Equal([Path.GetFullPath("a.vec"), $"\"{Path.GetFullPath("b$$.vec")}\""], ParameterReader.Read("augmentation.vectors=a.vec,b$$.vec").Values);

    [Fact]
    public void Draws_stay_within_a_range_and_reach_all_of_it()
    {
        var random = new SeededRandom(3);
        Parameter rate = ParameterReader.Read("distillation.learning_rate=1e-4..1e-2:log"), filters = ParameterReader.Read("student.filters=2..5:int");
        double[] rates = [.. Enumerable.Range(0, 400).Select(_ => double.Parse(rate.Draw(random), System.Globalization.CultureInfo.InvariantCulture))];
        Assert.All(rates, value => Assert.InRange(value, 1e-4, 1e-2));
        // As many below the middle of the logarithms as above; of the numbers themselves one in eleven would be.
        Assert.InRange(rates.Count(value => value < 1e-3), 150, 250);
        string[] drawn = [.. Enumerable.Range(0, 400).Select(_ => filters.Draw(random))];
        Assert.Equal(["2", "3", "4", "5"], drawn.Distinct().Order());
        Assert.All(drawn.GroupBy(value => value), group => Assert.InRange(group.Count(), 60, 140));
    }
}
