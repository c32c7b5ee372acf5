using System.Reflection;
using System.Xml.Linq;
using NetArchTest.Rules;
using Retort.Pipeline;

namespace Retort.Tests;

/// <summary>Holds the order of docs and design: references run one way.</summary>
public sealed class LayeringTests
{
    /// <summary>The folders of the toolkit; each uses only those before it.</summary>
    private static readonly string[] Order =
    [
        "Runs", "Data", "Metrics", "Training", "Teachers", "Signals", "Transfer", "Students", "Fractionation", "Distillation", "Evaluation", "Baselines", "Compression", "Export", "Cascades",
        "Reports", "Pipeline", "Tuning", "Assessment",
    ];

    private static readonly Assembly Toolkit = typeof(Recipe).Assembly;

    [Fact]
    public void A_folder_of_the_toolkit_uses_only_those_before_it() => Assert.Empty(Violations(Order));

    [Fact]
    public void The_check_of_the_order_finds_a_wrong_one()
    {
        string[] violations = Violations([.. Order.Reverse()]);
        Assert.Contains("Retort.Pipeline.Recipe uses Data", violations);
        Assert.Contains("Retort.Distillation.DistillationOptions uses Training", violations);
        Assert.Contains("Retort.Teachers.TeachOptions uses Runs", violations);
    }

    [Fact]
    public void Every_folder_of_the_toolkit_stands_in_the_order()
    {
        string[] folders = Toolkit.GetTypes().Select(Folder).OfType<string>().Distinct().ToArray();
        Assert.NotEmpty(folders);
        Assert.Empty(folders.Except(Order));
    }

    [Fact]
    public void The_runtime_references_the_base_class_library_alone()
    {
        string[] references = References("Retort.Runtime");
        Assert.NotEmpty(references);
        Assert.All(references, name => Assert.True(name.StartsWith("System.", StringComparison.Ordinal), name));
        XElement[] items = Items("src/Retort.Runtime/Retort.Runtime.csproj");
        Assert.DoesNotContain(items, item => item.Name.LocalName is "ProjectReference" or "FrameworkReference");
        Assert.All(items.Where(item => item.Name.LocalName == "PackageReference"),
            item => Assert.Equal("all", item.Attribute("PrivateAssets")?.Value));
    }

    [Theory]
    [InlineData("Retort.Onnx", "Retort.Runtime")]
    [InlineData("Retort", "Retort.Onnx,Retort.Runtime")]
    [InlineData("Retort.Server", "Retort.Onnx,Retort.Runtime")]
    public void A_project_references_only_those_below_it(string project, string below)
    {
        string[] allowed = below.Split(',');
        string[] referenced = Items($"src/{project}/{project}.csproj")
            .Where(item => item.Name.LocalName == "ProjectReference")
            .Select(item => Path.GetFileNameWithoutExtension(item.Attribute("Include")!.Value)).ToArray();
        Assert.NotEmpty(referenced);
        Assert.Empty(referenced.Except(allowed));
        Assert.Empty(References(project).Where(name => name.StartsWith("Retort", StringComparison.Ordinal)).Except(allowed));
    }

    [Fact]
    public void Only_executables_bring_the_native_libtorch()
    {
        string[] projects = Directory.GetFiles(Path.Combine(TestPaths.Root, "src"), "*.csproj", SearchOption.AllDirectories);
        string[] bringing = projects.Where(BringsLibTorch).Select(path => Path.GetFileNameWithoutExtension(path)).ToArray();
        Assert.Equal(["Retort.Cli"], bringing);
    }

    private static bool BringsLibTorch(string project) =>
        Items(project).Any(item => item.Attribute("Include")?.Value is { } name
            && (name.StartsWith("libtorch-", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("TorchSharp-", StringComparison.OrdinalIgnoreCase)))
        || XDocument.Load(project).Descendants("Import")
            .Any(import => import.Attribute("Project")!.Value.EndsWith("LibTorch.targets", StringComparison.Ordinal));

    private static string[] Violations(string[] order) => order
        .SelectMany((folder, place) => order[(place + 1)..].SelectMany(later => Users(folder, later)
            .Select(type => $"{type.FullName} uses {later}")))
        .ToArray();

    private static IEnumerable<Type> Users(string folder, string used) => Types.InAssembly(Toolkit)
        .That().ResideInNamespace($"Retort.{folder}").And().HaveDependencyOn($"Retort.{used}").GetTypes();

    private static string? Folder(Type type) =>
        type.Namespace is { } name && name.StartsWith("Retort.", StringComparison.Ordinal) ? name.Split('.')[1] : null;

    private static string[] References(string assembly) =>
        Assembly.Load(assembly).GetReferencedAssemblies().Select(reference => reference.Name!).ToArray();

    private static XElement[] Items(string project) => XDocument.Load(Path.Combine(TestPaths.Root, project))
        .Descendants("ItemGroup").Elements().ToArray();
}
