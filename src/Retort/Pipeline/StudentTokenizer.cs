using Retort.Runs;
using Retort.Students;
using Retort.Teachers;
using Retort.Teachers.Encoders;
using Retort.Teachers.Text;

namespace Retort.Pipeline;

/// <summary>Where the student's tokenizer and first word embeddings come from: <c>student.tokenizer</c>.</summary>
internal static class StudentTokenizer
{
    /// <summary>Refuses a recipe whose student would have no WordPiece tokenizer, by files alone.</summary>
    /// <exception cref="UsageException">What gives the tokenizer reads text otherwise; the message has the cure.</exception>
    public static void Require(Recipe recipe, Func<string, string> resolve)
    {
        string named = recipe.Student.Tokenizer;
        if (named != StudentOptions.FromTeacher)
        {
            RequireVocabulary(resolve(named), $"student.tokenizer is {named}, which");
            return;
        }
        (string Name, string Folder)[] teachers = [.. Teachers(recipe, resolve)];
        if (teachers.Length == 0)
            RequireVocabulary(resolve(recipe.Teacher.Encoder), $"student.tokenizer is teacher, and teacher.encoder, {recipe.Teacher.Encoder},");
        else if (!Array.Exists(teachers, teacher => TextTokenizer.KindOf(teacher.Folder) == TokenizerKind.WordPiece))
            EncoderVocabulary.RequireWordPiece(teachers[0].Folder, $"student.tokenizer is teacher, and the teacher {teachers[0].Name}");
    }

    // All that would else be found out after an hour of teaching.
    private static void RequireVocabulary(string folder, string why)
    {
        EncoderVocabulary.RequireWordPiece(folder, why);
        EncoderConfig.Load(folder);
        ModelWeights.Open(folder).Dispose();
    }

    /// <summary>The folder that gives them, or null where a teacher does.</summary>
    /// <param name="recipe">Names it.</param>
    /// <param name="hasModel">Whether a teacher is a Hugging Face folder.</param>
    /// <param name="resolve">Finds a named model.</param>
    public static string? Folder(Recipe recipe, bool hasModel, Func<string, string> resolve) =>
        recipe.Student.Tokenizer != StudentOptions.FromTeacher ? resolve(recipe.Student.Tokenizer)
            : hasModel ? null : resolve(recipe.Teacher.Encoder);

    /// <summary>The teachers that are Hugging Face folders, each as it is before it is fine-tuned.</summary>
    public static IEnumerable<(string Name, string Folder)> Teachers(Recipe recipe, Func<string, string> resolve)
    {
        foreach (NamedTeacher source in recipe.Teacher.Parsed())
        {
            if (source.Kind == TeacherKind.FineTuned)
                yield return (source.Name, resolve(recipe.Teacher.Encoder));
            else if (source.Kind == TeacherKind.Model && resolve(source.Place) is { } folder && OnnxTeacherFiles.Find(folder) is null)
                yield return (source.Name, folder);
        }
    }
}
