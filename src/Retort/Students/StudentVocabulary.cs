namespace Retort.Students;

/// <summary>The student's tokens.</summary>
public static class StudentVocabulary
{
    /// <summary>The id of [UNK] in every student.</summary>
    public const int UnknownId = 0;
}
