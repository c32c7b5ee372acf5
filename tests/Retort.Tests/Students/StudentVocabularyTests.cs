using Retort.Runtime.Text;
using Retort.Students;

namespace Retort.Tests.Students;

public sealed class StudentVocabularyTests
{
    [Fact]
    public void Used_tokens_stand_behind_UNK_the_most_frequent_first_and_then_in_the_teachers_order()
    {
        Assert.Equal(["[UNK]", "bad", "film", "good", "##ness"], Tokens(Trim(["good film", "badness", "zzz"])));
        Assert.Equal(["[UNK]", "good", "##ness", "bad", "film"], Tokens(Trim(["good good film", "badness", "goodness"])));
        Assert.Equal(["[UNK]", "good"], Tokens(Trim(["good film", "goodness"], minTokenCount: 2)));
        Assert.Equal(["[UNK]"], Tokens(Trim([])));
    }

    [Fact]
    public void What_stands_behind_the_longest_input_is_not_counted() =>
        Assert.Equal(["[UNK]", "film", "good"], Tokens(Trim(["good film is bad"], maxLength: 2)));

    [Fact]
    public void Teacher_ids_name_the_same_tokens()
    {
        WordPieceTokenizer teacher = StudentTests.Teacher();
        StudentVocabulary student = StudentVocabulary.Trim(
            teacher, ["the badness of film"], 256, 1, TestContext.Current.CancellationToken);
        Assert.Equal(Tokens(student), student.TeacherIds.Select(id => teacher.Vocabulary[id]));
        Assert.Equal(StudentVocabulary.UnknownId, student.Tokenizer.UnknownId);
    }

    [Fact]
    public void A_word_whose_pieces_were_dropped_is_unknown_to_the_students_own_tokenizer()
    {
        StudentVocabulary student = Trim(["good good", "unbelievably bad"], minTokenCount: 2);
        Assert.Equal([0, 1, 0], new StudentEncoder(student.Tokenizer, 256).Encode("unbelievably good bad"));
    }

    [Fact]
    public void Real_texts_are_cut_as_the_teacher_cuts_them()
    {
        WordPieceTokenizer teacher = WordPieceTokenizer.Load(TestPaths.Model("minilm"));
        string[] texts = File.ReadLines(TestPaths.Data("sst2_glue", "train.tsv"))
            .Skip(1).Take(5000).Select(line => line.Split('\t')[0]).ToArray();
        StudentVocabulary student = StudentVocabulary.Trim(teacher, texts, 64, 1, TestContext.Current.CancellationToken);
        var encoder = new StudentEncoder(student.Tokenizer, 64);
        Assert.InRange(student.TeacherIds.Count, 1000, 29_000);
        foreach (string text in texts)
        {
            var tokens = new List<Token>();
            teacher.Encode(text, tokens, 64);
            Assert.Equal(tokens.Select(token => token.Id), encoder.Encode(text).Select(id => student.TeacherIds[id]));
        }
    }

    private static StudentVocabulary Trim(string[] texts, int maxLength = 256, int minTokenCount = 1) =>
        StudentVocabulary.Trim(StudentTests.Teacher(), texts, maxLength, minTokenCount);

    private static IEnumerable<string> Tokens(StudentVocabulary student) =>
        Enumerable.Range(0, student.Tokenizer.Vocabulary.Count).Select(id => student.Tokenizer.Vocabulary[id]);
}
