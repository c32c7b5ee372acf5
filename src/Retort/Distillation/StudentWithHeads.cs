using static TorchSharp.torch;

namespace Retort.Distillation;

/// <summary>A student and what is trained beside it and thrown away after.</summary>
internal sealed class StudentWithHeads : nn.Module
{
    /// <summary>What the names of the student's parameters begin with.</summary>
    public const string Prefix = "student.";

    public StudentWithHeads(nn.Module student, params (string Name, nn.Module Module)[] heads) : base(nameof(StudentWithHeads))
    {
        register_module("student", student);
        foreach ((string name, nn.Module module) in heads)
            register_module(name, module);
    }
}
