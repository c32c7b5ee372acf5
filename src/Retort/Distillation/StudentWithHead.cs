using static TorchSharp.torch;

namespace Retort.Distillation;

/// <summary>A student and what is trained beside it and thrown away after.</summary>
internal sealed class StudentWithHead : nn.Module
{
    /// <summary>What the names of the student's parameters begin with.</summary>
    public const string Prefix = "student.";

    public StudentWithHead(nn.Module student, nn.Module head) : base(nameof(StudentWithHead))
    {
        register_module("student", student);
        register_module("head", head);
    }
}
