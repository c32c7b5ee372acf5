namespace Retort.Evaluation;

/// <summary>Which of the models that stand side by side in a comparison.</summary>
public enum Role
{
    Teacher,

    /// <summary>Distilled from the teacher.</summary>
    Student,

    /// <summary>The same, made smaller.</summary>
    StudentCompressed,

    /// <summary>The same student, distilled on as many texts that were chosen by chance: the control of a fraction.</summary>
    StudentOnRandomFraction,

    /// <summary>The same student, distilled on all texts.</summary>
    StudentOnAllTexts,

    /// <summary>The same student, trained on the labels alone.</summary>
    StudentWithoutTeacher,

    /// <summary>A linear model of n-grams, trained on the labels alone: what a task is worth without any network.</summary>
    Linear,

    /// <summary>fastText, on the same labels: in results files alone, where the benchmarks write it.</summary>
    FastText,
}

/// <summary>Roles as files and tables name them.</summary>
public static class RoleNames
{
    private static readonly string[] Names = ["teacher", "student", "student-compressed", "student-on-random-fraction", "student-on-all-texts", "student-without-teacher", "linear", "fast-text"];

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> All => Names;

    /// <summary><c>teacher</c>, <c>student</c>, <c>student-without-teacher</c> …</summary>
    public static string Name(this Role role) => Names[(int)role];

    /// <summary>The name with blanks, for people.</summary>
    public static string Title(this Role role) => role switch
    {
        Role.Linear => "linear baseline",
        Role.FastText => "fastText",
        _ => role.Name().Replace('-', ' '),
    };

    /// <summary>The role of a name, or false.</summary>
    public static bool TryParse(string name, out Role role)
    {
        int index = Array.IndexOf(Names, name);
        role = (Role)Math.Max(0, index);
        return index >= 0;
    }
}
