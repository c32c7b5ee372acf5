using UnicodeTables;

if (args.Length != 2)
{
    Console.Error.WriteLine("Usage: dotnet run --project tools/UnicodeTables -- FOLDER_OF_UCD_JSON OUTPUT.g.cs (see tools/UnicodeTables/README.md)");
    return 2;
}
var database = UnicodeDatabase.Load(args[0]);
File.WriteAllText(args[1], TableWriter.Write(new ReferenceView(database)));
return 0;
