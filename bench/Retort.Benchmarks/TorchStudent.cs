using Retort.Students;
using static TorchSharp.torch;

namespace Retort.Benchmarks;

/// <summary>The student in TorchSharp, one text at a time, on one thread.</summary>
internal sealed class TorchStudent : IDisposable
{
    private readonly Student _student;

    public TorchStudent(string folder)
    {
        set_num_threads(1);
        _student = Student.Load(folder, CPU);
    }

    public void Run(int[] ids) => _student.Logits([ids]);

    public void Dispose() => _student.Dispose();
}
