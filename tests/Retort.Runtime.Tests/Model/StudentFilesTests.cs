using System.Text;
using Retort.Runtime.Model;
using Retort.Runtime.Tests.Kernels;

namespace Retort.Runtime.Tests.Model;

public sealed class StudentFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("retort-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("\"model_type\": \"retort-textcnn\"", "\"model_type\": \"bert\"", "model_type is 'bert'")]
    [InlineData("\"format_version\": 2", "\"format_version\": 7", "format_version is 7; expected 2")]
    [InlineData("single_label_classification", "regression", "problem_type is 'regression'")]
    [InlineData("\"temperature\": 1", "\"temperature\": 0", "temperature is 0")]
    [InlineData("\"temperature\": 1", "\"temperature\": 1e300", "temperature is 1E+300")]
    [InlineData("\"temperature\": 1", "\"temperature\": \"warm\"", "not the configuration of a student")]
    [InlineData("\"max_length\": 1000000", "\"max_length\": 0", "max_length is 0")]
    [InlineData("\"classes\": 3", "\"classes\": 4", "id2label names 3")]
    [InlineData("\"2\": \"class 2\"", "\"7\": \"class 2\"", "lacks the class 2")]
    [InlineData("\"2\": \"class 2\"", "\"2\": \"class 1\"", "holds the name 'class 1' 2 times")]
    [InlineData("\"2\": \"class 2\"", "\"2\": null", "config.json")]
    [InlineData("\"filters\": 10", "\"filters\": 11", "convolution.2.weight")]
    [InlineData("\"filters\": 10", "\"filters\": 2000000000", "shape.filters is 2000000000")]
    [InlineData("\"vocabulary_size\": 60", "\"vocabulary_size\": 61", "vocab.txt has 60 tokens")]
    [InlineData("\"activation\": \"gated\"", "\"activation\": \"relu\"", "convolution.2.weight")]
    [InlineData("\"activation\": \"gated\"", "\"activation\": 1", "activation")]
    [InlineData("\"ngram_buckets\": 101", "\"ngram_buckets\": 0", "classifier.weight")]
    [InlineData("\"ngram_width\": 6", "\"ngram_width\": -6", "shape.ngram_width is -6")]
    [InlineData("\"ngram_width\": 6", "\"ngram_width\": 6, \"ngram_rows\": 102", "shape.ngram_rows is 102; expected 1 to 101")]
    [InlineData("\"ngram_width\": 6", "\"ngram_width\": 6, \"ngram_rows\": 0", "shape.ngram_rows is 0")]
    [InlineData("\"ngram_width\": 6", "\"ngram_width\": 6, \"ngram_rows\": 101", "has no tensor 'ngram.kept'; config.json says (13)")]
    [InlineData("\"ngram_width\": 6", "\"ngram_width\": 6, \"ngram_rows\": 40", "(101, 6) as tensor 'ngram.weight'; config.json says (40, 6)")]
    [InlineData("\"source_width\": 0", "\"source_width\": 9", "a saved student is folded")]
    [InlineData("\"max_characters_per_word\": 100", "\"max_characters_per_word\": 0", "MaxCharactersPerWord is 0")]
    [InlineData("\"unknown_token\": \"[UNK]\"", "\"unknown_token\": \"[NIL]\"", "no token \"[NIL]\"")]
    [InlineData("\"vocab.txt\":", "\"../vocab.txt\":", "no file of a student")]
    [InlineData("\"pooling\": \"max\"", "\"pooling\": \"max\", \"pooling\": \"max\"", "pooling")]
    public void A_wrong_configuration_is_named(string found, string replacement, string said)
    {
        new RandomStudent(Shapes.Small).Write(_folder);
        string file = Path.Combine(_folder, "config.json"), content = File.ReadAllText(file);
        Assert.Contains(found, content, StringComparison.Ordinal);
        File.WriteAllText(file, content.Replace(found, replacement, StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => TextClassifier.Load(_folder));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("vocab.txt")]
    public void A_missing_file_is_named(string name)
    {
        new RandomStudent(Shapes.Small).Write(_folder);
        File.Delete(Path.Combine(_folder, name));
        Assert.Contains(name, Assert.Throws<FileNotFoundException>(() => TextClassifier.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("vocab.txt")]
    public void A_flipped_bit_anywhere_is_found(string name)
    {
        new RandomStudent(Shapes.Small).Write(_folder);
        string file = Path.Combine(_folder, name);
        byte[] content = File.ReadAllBytes(file);
        foreach (int at in (int[])[0, content.Length / 3, content.Length / 2, content.Length - 1])
        {
            content[at] ^= 4;
            File.WriteAllBytes(file, content);
            var error = Assert.Throws<InvalidDataException>(() => TextClassifier.Load(_folder));
            Assert.Contains($"{name} is not the file", error.Message, StringComparison.Ordinal);
            content[at] ^= 4;
        }
    }

    [Fact]
    public void A_hash_that_is_left_out_is_missed()
    {
        new RandomStudent(Shapes.Small).Write(_folder);
        string file = Path.Combine(_folder, "config.json");
        string[] lines = File.ReadAllLines(file);
        File.WriteAllText(file, string.Join('\n', lines.Where(line => !line.Contains("model.safetensors", StringComparison.Ordinal)))
            .Replace("\",\n    \"vocab.txt", "\"\n    \"vocab.txt", StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => TextClassifier.Load(_folder));
        Assert.Contains("no sha256 of model.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StudentShape.EmbeddingWeight, float.NaN, "embedding.weight' holds a value that is not finite")]
    [InlineData("classifier.weight", float.PositiveInfinity, "classifier.weight' holds a value that is not finite")]
    [InlineData("convolution.2.table_scale", 0f, "holds a scale of 0 or less")]
    [InlineData("ngram.table_scale", -1f, "holds a scale of 0 or less")]
    [InlineData("convolution.2.bias", 1e9f, "save the student again")]
    public void A_number_that_cannot_be_computed_with_is_named(string tensor, float value, string said)
    {
        var student = new RandomStudent(Shapes.Small);
        student[tensor][1] = value;
        student.Write(_folder);
        var error = Assert.Throws<InvalidDataException>(() => TextClassifier.Load(_folder));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("without", "41 buckets have a row, and ngram.weight has 40")]
    [InlineData("with", "39 buckets have a row, and ngram.weight has 40")]
    [InlineData("behind", "a bucket behind the last of 101 is said to have a row")]
    public void Bits_that_do_not_fit_the_ngram_table_are_named(string flipped, string said)
    {
        var student = new RandomStudent(Shapes.All["gated, some n-grams"]);
        int bucket = flipped switch
        {
            "with" => student.Buckets[0],
            "without" => Enumerable.Range(0, 101).Except(student.Buckets).First(),
            _ => 103,
        };
        string file = Path.Combine(student.Write(_folder), "model.safetensors"), config = Path.Combine(_folder, "config.json");
        byte[] content = File.ReadAllBytes(file);
        string old = RandomStudent.Hash(file);
        content[content.Length - 13 + bucket / 8] ^= (byte)(1 << bucket % 8);
        File.WriteAllBytes(file, content);
        File.WriteAllText(config, File.ReadAllText(config).Replace(old, RandomStudent.Hash(file), StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => TextClassifier.Load(_folder));
        Assert.Contains("tensor 'ngram.kept': " + said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_folder_of_another_model_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), """{"model_type": "bert", "hidden_size": 768}""");
        var error = Assert.Throws<InvalidDataException>(() => TextClassifier.Load(_folder));
        Assert.Contains("expected 'retort-textcnn'", error.Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => TextClassifier.Load(Path.Combine(_folder, "nowhere")));
        Assert.Throws<ArgumentException>(() => TextClassifier.Load(""));
    }

    [Fact]
    public void A_configuration_is_read_as_it_was_written()
    {
        var student = new RandomStudent(Shapes.All["gated, mean, hidden"]) { Temperature = 1.25, MaxLength = 77, IsMultiLabel = true };
        StudentConfig config = StudentConfig.Read(Path.Combine(student.Write(_folder), "config.json"));
        Assert.Equal((1.25, 77, true), (config.Temperature, config.MaxLength, config.IsMultiLabel));
        Assert.Equal(student.Shape with { Windows = config.Shape.Windows }, config.Shape);
        Assert.Equal(student.Shape.Windows, config.Shape.Windows);
        Assert.Equal(["class 0", "class 1", "class 2"], config.Labels(""));
        Assert.True(StudentConfig.IsStudent(Path.Combine(_folder, "config.json")));
        Assert.Equal(File.ReadAllText(Path.Combine(_folder, "config.json"), Encoding.UTF8), config.ToJson());
    }
}
