namespace Retort.Evaluation;

/// <summary>Which of the models that stand side by side in a comparison.</summary>
public enum Role
{
    Teacher,

    /// <summary>Distilled from the teacher.</summary>
    Student,

    /// <summary>The same student, trained on the labels alone.</summary>
    StudentWithoutTeacher,
}

/// <summary>Roles as files and tables name them.</summary>
public static class RoleNames
{
    private static readonly string[] Names = ["teacher", "student", "student-without-teacher"];

    /// <summary><c>teacher</c>, <c>student</c> or <c>student-without-teacher</c>.</summary>
    public static string Name(this Role role) => Names[(int)role];

    /// <summary>The name with blanks, for people.</summary>
    public static string Title(this Role role) => role.Name().Replace('-', ' ');

    /// <summary>The role of a name, or false.</summary>
    public static bool TryParse(string name, out Role role)
    {
        int index = Array.IndexOf(Names, name);
        role = (Role)Math.Max(0, index);
        return index >= 0;
    }
}
