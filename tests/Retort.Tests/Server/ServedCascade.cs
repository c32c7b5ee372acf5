using System.Security.Cryptography;
using Retort.Export;
using Retort.Onnx.Cascades;
using Retort.Tests.Pipeline;
using static TorchSharp.torch;

namespace Retort.Tests.Server;

/// <summary>A cascade of the finished run's student and teacher, with a threshold of the test's choice.</summary>
internal static class ServedCascade
{
    /// <summary>Writes the folder.</summary>
    /// <param name="run">Has both.</param>
    /// <param name="folder">New.</param>
    /// <param name="threshold">Below it the teacher answers.</param>
    /// <param name="edit">Changes what is written.</param>
    public static string Write(FinishedRun run, string folder, double threshold, Func<CascadeFile, CascadeFile>? edit = null)
    {
        string teacher = Path.Combine(run.Result.Folder, "teacher"), own = Path.Combine(folder, "teacher");
        Directory.CreateDirectory(own);
        OnnxExport.Run(teacher, Path.Combine(own, "model.onnx"), ["a good film", "the bad plot"], CPU, cancellation: TestContext.Current.CancellationToken);
        File.Copy(Path.Combine(teacher, "vocab.txt"), Path.Combine(own, "vocab.txt"));
        var file = new CascadeFile
        {
            FormatVersion = CascadeFile.CurrentFormat,
            StudentSha256 = Hash(Path.Combine(run.Result.Folder, "student", "config.json")),
            Threshold = threshold,
            Teacher = new CascadeTeacher
            {
                Model = "teacher/model.onnx",
                Tokenizer = "teacher",
                Labels = ["bad", "good"],
                MaxLength = 12,
                Scores = TeacherScores.Logits,
                Temperature = 1,
            },
        };
        File.WriteAllText(Path.Combine(folder, CascadeFile.Name), (edit?.Invoke(file) ?? file).ToJson());
        return folder;
    }

    private static string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
