using UnicodeTables;

if (args.Length != 3)
{
    Console.Error.WriteLine("Usage: dotnet run --project tools/UnicodeTables -- FOLDER_OF_UCD_JSON UnicodeTables.g.cs PlainForms.g.cs (see tools/UnicodeTables/README.md)");
    return 2;
}
var database = UnicodeDatabase.Load(args[0]);
var view = new ReferenceView(database);
File.WriteAllText(args[1], TableWriter.Write(view));
File.WriteAllText(args[2], TableWriter.WritePlainForms(view));
return 0;
