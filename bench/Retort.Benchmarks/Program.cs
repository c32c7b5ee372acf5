using System.Globalization;
using Retort.Benchmarks;
using Retort.Runs;

const int Rounds = 7;

try
{
    switch (args)
    {
        case ["made", string folder, .. { Length: <= 2 } rest]:
            MadeStudent.Write(folder, rest is ["default", ..] ? MadeStudent.Default : MadeStudent.Reference,
                rest is [_, string name] ? MadeStudent.ByFrequency(BenchCorpus.Named(name)) : MadeStudent.Characters());
            Console.WriteLine(folder);
            return 0;
        case ["paired"]:
            return PairedRuns.Made(Rounds);
        case ["paired", string rounds]:
            return PairedRuns.Made(Number(rounds));
        case ["trained", string folder, string corpus]:
            return PairedRuns.Trained(folder, corpus, Rounds);
        case ["trained", string folder, string corpus, string rounds]:
            return PairedRuns.Trained(folder, corpus, Number(rounds));
        case ["fasttext", .. { Length: > 0 } recipes]:
            return FastTextBaselines.Run(recipes);
        case ["labelling"]:
            return LabellingRuns.Run(Rounds, LabellingRuns.Texts);
        case ["labelling", string rounds, string texts]:
            return LabellingRuns.Run(Number(rounds), Number(texts));
        case ["load", string folder, string texts, string bytes, string how]:
            return Loading.Load(folder, texts, long.Parse(bytes, CultureInfo.InvariantCulture), how == "all");
        case ["load-onnx", string file, string folder, string texts]:
            return Loading.LoadOnnx(file, folder, texts);
        case ["students", string texts, .. { Length: > 0 } folders]:
            return StudentsCompared.Run(texts, folders, Rounds);
        case ["soak", string address, string student, string texts, string process, string minutes, string hostile]:
            return await new Soak(new Uri(address), student, texts, Number(process), double.Parse(minutes, CultureInfo.InvariantCulture), Number(hostile)).RunAsync();
        case ["choosing", string texts]:
            return Choosing.Run(Number(texts));
        case ["micro", ..]:
            return Micro.Run(args[1..]);
        default:
            Console.Error.WriteLine("""
                made FOLDER [reference | default [CORPUS]]  writes a student of random weights
                paired [ROUNDS]                             students of random weights against other runtimes, in turn
                trained STUDENT CORPUS [ROUNDS]             the same with a distilled student, its quality beside its speed
                students TEXTS STUDENT...                   students of one task beside each other, and in ONNX Runtime: size, memory, speed
                fasttext RECIPE...                          fastText on the rows of recipes, tuned on dev; adds lines to their results files
                labelling [ROUNDS TEXTS]                    teachers in libtorch and in ONNX Runtime, in turn
                choosing TEXTS                              scoring and choosing texts, of so many and of a tenth as many
                micro [--filter ...]                        BenchmarkDotNet
                soak ADDRESS STUDENT TEXTS PROCESS MINUTES HOSTILE  a running server under good requests, and so many hostile ones a second
                load FOLDER TEXTS BYTES all|lazily          time to the first answer and memory of one process
                load-onnx FILE STUDENT TEXTS                the same in ONNX Runtime
                """);
            return 2;
    }
}
catch (RetortException e)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
