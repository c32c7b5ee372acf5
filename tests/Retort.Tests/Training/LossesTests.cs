using Retort.Training;
using static TorchSharp.torch;

namespace Retort.Tests.Training;

public sealed class LossesTests
{
    // Expected values were computed from the definitions in double precision, outside of libtorch.
    private const double Tolerance = 1e-6;

    private static readonly double[,] Student = { { 1, 2, -1 }, { 0.5, -0.5, 0 } };
    private static readonly double[,] Teacher = { { 2, 0, 1 }, { -1, 3, 0.5 } };
    private static readonly double[,] Targets = { { 0, 1, 0 }, { 0.25, 0.75, 0 } };
    private static readonly double[] Weights = [1, 2, 4];

    public static TheoryData<string> Terms => [.. All.Keys];

    private static Dictionary<string, Func<Tensor, Tensor, Tensor>> All { get; } = new()
    {
        ["kl"] = (student, teacher) => Losses.SoftLabelKl(student, teacher, 3),
        ["multi-label kl"] = (student, teacher) => Losses.MultiLabelSoftLabel(student, teacher, 3),
        ["decoupled kl"] = (student, teacher) => Losses.DecoupledKlRows(student, teacher, zeros(student.shape[0], dtype: int64), full(1, 1, 3, dtype: student.dtype), 1, 8).mean(),
        ["kl of standardized"] = (student, teacher) => Losses.SoftLabelKl(Losses.Standardized(student), Losses.Standardized(teacher), 3),
        ["kl at own temperatures"] = (student, teacher) => Losses.SoftLabelKlRows(student, teacher, teacher.detach().abs().amax([1], keepdim: true) + 1).mean(),
        ["mse"] = Losses.LogitMse,
        ["hard"] = (student, teacher) => Losses.HardLabel(student, teacher.softmax(1)),
        ["weighted hard"] = (student, teacher) => Losses.HardLabel(student, teacher.softmax(1), tensor(Weights)),
        ["multi-label hard"] = (student, teacher) => Losses.MultiLabelHardLabel(student, teacher.sigmoid(), tensor(Weights)),
    };

    [Theory]
    [InlineData(1, 1.0968145403259046)]
    [InlineData(2, 1.5502945624036675)]
    [InlineData(4, 1.7261710739502303)]
    public void The_kl_term_is_as_computed_by_hand(double temperature, double expected)
    {
        using var scope = NewDisposeScope();
        Tensor loss = Losses.SoftLabelKl(tensor(Student), tensor(Teacher), temperature);
        Assert.Equal(expected, loss.item<double>(), Tolerance);
    }

    [Theory]
    [InlineData(1, 2.543415194188959)]
    [InlineData(2, 8.824301008661736)]
    public void The_multi_label_soft_term_is_as_computed_by_hand(double temperature, double expected)
    {
        using var scope = NewDisposeScope();
        Tensor loss = Losses.MultiLabelSoftLabel(tensor(Student), tensor(Teacher), temperature);
        Assert.Equal(expected, loss.item<double>(), Tolerance);
    }

    [Theory]
    [InlineData(1, new[] { 13.636970120209464, 9.803752171805815 })]
    [InlineData(2, new[] { 15.371783444229282, 17.72727705622598 })]
    public void The_decoupled_term_is_as_computed_by_hand(double temperature, double[] expected)
    {
        using var scope = NewDisposeScope();
        Tensor loss = Losses.DecoupledKlRows(tensor(Student), tensor(Teacher), tensor(new long[] { 0, 2 }), full(1, 1, temperature, dtype: float64), 1, 8);
        Assert.Equal(expected, loss.data<double>().ToArray(), (a, b) => Math.Abs(a - b) < Tolerance);
    }

    [Fact]
    public void With_its_own_weights_the_decoupled_term_is_the_kl_term()
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor(Student), teacher = tensor(Teacher), targets = tensor(new long[] { 1, 2 }), temperature = full(1, 1, 2, dtype: float64);
        Tensor first = Losses.DecoupledKlRows(student, teacher, targets, temperature, 1, 0), second = Losses.DecoupledKlRows(student, teacher, targets, temperature, 0, 1);
        Tensor rest = 1 - (teacher / 2).softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1);
        Assert.Equal(Losses.SoftLabelKl(student, teacher, 2).item<double>(), (first + rest * second).mean().item<double>(), Tolerance);
    }

    [Fact]
    public void Standardized_logits_have_a_mean_of_0_and_a_deviation_of_1()
    {
        using var scope = NewDisposeScope();
        double[] rows = Losses.Standardized(tensor(new double[,] { { 1, 2, -1 }, { 100, 200, -100 }, { 3, 3, 3 } })).data<double>().ToArray();
        double[] expected = [0.26726124191242445, 1.0690449676496978, -1.3363062095621219];
        Assert.Equal([.. expected, .. expected, 0, 0, 0], rows, (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void Each_text_has_its_own_temperature()
    {
        using var scope = NewDisposeScope();
        Tensor rows = Losses.SoftLabelKlRows(tensor(Student), tensor(Teacher), tensor(new double[,] { { 2 }, { 4 } }));
        foreach ((int row, double temperature) in new[] { (0, 2.0), (1, 4.0) })
        {
            Tensor one = tensor(new[] { (long)row });
            Assert.Equal(Losses.SoftLabelKl(tensor(Student).index_select(0, one), tensor(Teacher).index_select(0, one), temperature).item<double>(), rows[row].item<double>(), Tolerance);
        }
    }

    [Fact]
    public void The_mse_term_is_as_computed_by_hand()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(23.75 / 6, Losses.LogitMse(tensor(Student), tensor(Teacher)).item<double>(), Tolerance);
    }

    [Fact]
    public void The_hard_terms_are_as_computed_by_hand()
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor(Student), targets = tensor(Targets), weights = tensor(Weights);
        Assert.Equal(0.8896409437049605, Losses.HardLabel(student, targets).item<double>(), Tolerance);
        Assert.Equal(0.9035990285758421, Losses.HardLabel(student, targets, weights).item<double>(), Tolerance);
        Assert.Equal(2.0723762674997883, Losses.MultiLabelHardLabel(student, targets).item<double>(), Tolerance);
        Assert.Equal(1.7442823145265345, Losses.MultiLabelHardLabel(student, targets, weights).item<double>(), Tolerance);
    }

    [Fact]
    public void Equal_class_weights_change_nothing()
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor(Student), targets = tensor(Targets), sevens = full(3, 7, dtype: float64);
        Assert.Equal(Losses.HardLabel(student, targets).item<double>(),
            Losses.HardLabel(student, targets, sevens).item<double>(), Tolerance);
        Assert.Equal(Losses.MultiLabelHardLabel(student, targets).item<double>(),
            Losses.MultiLabelHardLabel(student, targets, sevens).item<double>(), Tolerance);
    }

    [Fact]
    public void The_kl_term_of_equal_logits_is_zero_and_its_gradient_too()
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor(Teacher).requires_grad_();
        Tensor loss = Losses.SoftLabelKl(student, tensor(Teacher), 2);
        loss.backward();
        Assert.Equal(0, loss.item<double>(), 1e-12);
        Assert.Equal(0, student.grad!.abs().max().item<double>(), 1e-12);
    }

    [Theory]
    [MemberData(nameof(Terms))]
    public void Huge_logits_stay_finite(string term)
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor(new float[,] { { 1e4f, -1e4f, 0 } }).requires_grad_();
        Tensor loss = All[term](student, tensor(new float[,] { { -1e4f, 1e4f, 0 } }));
        loss.backward();
        Assert.True(float.IsFinite(loss.to(float32).item<float>()));
        Assert.True(student.grad!.isfinite().all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Terms))]
    public void Gradients_are_those_of_finite_differences(string term)
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor(Student).requires_grad_();
        All[term](student, tensor(Teacher)).backward();
        for (int k = 0; k < Student.Length; k++)
        {
            double numeric = (At(k, 1e-5) - At(k, -1e-5)) / 2e-5;
            Assert.Equal(numeric, student.grad!.flatten()[k].item<double>(), 1e-7);
        }

        double At(int k, double step)
        {
            Tensor moved = tensor(Student);
            moved.view(-1)[k] = moved.view(-1)[k] + step;
            return All[term](moved, tensor(Teacher)).item<double>();
        }
    }

    [Theory]
    [MemberData(nameof(Terms))]
    public void Gradients_flow_to_the_student_alone(string term)
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor(Student).requires_grad_(), teacher = tensor(Teacher).requires_grad_();
        All[term](student, teacher).backward();
        Assert.NotNull(student.grad);
        Assert.Null(teacher.grad);
    }

    [Fact]
    public void Terms_leave_nothing_but_their_results()
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor(Student), teacher = tensor(Teacher), targets = tensor(Targets), weights = tensor(Weights);
        int before = scope.DisposablesCount;
        Losses.SoftLabelKl(student, teacher, 2);
        Losses.MultiLabelSoftLabel(student, teacher, 2);
        Losses.LogitMse(student, teacher);
        Losses.HardLabel(student, targets, weights);
        Losses.MultiLabelHardLabel(student, targets, weights);
        Assert.Equal(before + 5, scope.DisposablesCount);
    }

    [Fact]
    public void Shapes_that_differ_are_refused()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(() => Losses.LogitMse(zeros(2, 3), zeros(3)));
        Assert.Contains("(2, 3)", error.Message, StringComparison.Ordinal);
    }
}
