using System.Text.Json.Nodes;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Tests.Teachers;

/// <summary>What stands in Teachers/golden: states and logits computed by NumPy, and the tiny models of tools/encoder-golden.</summary>
internal static class GoldenEncoders
{
    /// <summary>A file or folder there.</summary>
    public static string Place(string name) => Path.Combine(TestPaths.Root, "tests", "Retort.Tests", "Teachers", "golden", name);

    /// <summary>A copy of a tiny model to change, without what is known of it.</summary>
    public static string Copy(string name, string folder) => CopyOf(Place(name), folder);

    /// <summary>A copy of a model's files, without what is known of it.</summary>
    public static string CopyOf(string model, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(model).Where(file => Path.GetFileName(file) is not ("golden.json" or "tokens.json")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    /// <summary>Replaces a text in a file, which must hold it.</summary>
    public static void Edit(string file, string from, string to)
    {
        string text = File.ReadAllText(file);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(from, to, StringComparison.Ordinal));
    }

    /// <summary>Compares states and logits of several texts together, so that the shorter ones are padded.</summary>
    public static void Compare(Teacher teacher, string golden, double tolerance, bool hasLogits)
    {
        JsonArray texts = JsonNode.Parse(File.ReadAllText(Place(golden)))!.AsArray();
        teacher.Module.eval();
        using var guard = no_grad();
        EncodedText[] encoded = texts.Select(text => Numbers(text!["ids"]!))
            .Select(ids => new EncodedText([Array.ConvertAll(ids, id => (int)id)], ids.Length - 2, 0)).ToArray();
        using var scope = NewDisposeScope();
        (Tensor logits, Tensor? cls) = teacher.Forward(encoded, PooledState.Cls);
        (_, Tensor? mean) = teacher.Forward(encoded, PooledState.Mean);
        Assert.NotEmpty(texts);
        for (int k = 0; k < texts.Count; k++)
        {
            AssertClose(Numbers(texts[k]!["cls"]!), cls![k], tolerance);
            AssertClose(Numbers(texts[k]!["mean"]!), mean![k], tolerance);
            if (hasLogits)
                AssertClose(Numbers(texts[k]!["logits"]!), logits[k], tolerance);
        }
    }

    private static void AssertClose(double[] expected, Tensor actual, double tolerance)
    {
        float[] values = actual.data<float>().ToArray();
        for (int k = 0; k < expected.Length; k++)
            Assert.Equal(expected[k], values[k], tolerance);
    }

    private static double[] Numbers(JsonNode node) => node.AsArray().Select(number => (double)number!).ToArray();
}
