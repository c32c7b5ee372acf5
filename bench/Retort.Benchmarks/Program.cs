using Retort.Benchmarks;
using Retort.Runtime.Model;

switch (args)
{
    case ["made", string folder, ..]:
        StudentShape shape = args is [_, _, "default"] ? MadeStudent.Default : MadeStudent.Reference;
        MadeStudent.Write(folder, shape, MadeStudent.Characters());
        Console.WriteLine(folder);
        return 0;
    case ["paired", ..]:
        return PairedRuns.Run(args[1..]);
    default:
        Console.Error.WriteLine("usage: made FOLDER [reference | default]; paired [ROUNDS]");
        return 2;
}
