using static TorchSharp.torch.nn;

namespace Retort.Teachers.Encoders;

/// <summary>A level of names without computation of its own.</summary>
internal sealed class Named() : Module(nameof(Named))
{
    /// <summary>Registers modules below another under dotted names: levels that several have in common are made once.</summary>
    public static void Register(Module owner, IReadOnlyList<(string Path, Module Module)> modules)
    {
        foreach (IGrouping<string, (string Path, Module Module)> level in modules.GroupBy(entry => entry.Path.Split('.')[0]))
        {
            if (level.First().Path == level.Key)
            {
                owner.register_module(level.Key, level.Single().Module);
                continue;
            }
            var inner = new Named();
            Register(inner, [.. level.Select(entry => (entry.Path[(level.Key.Length + 1)..], entry.Module))]);
            owner.register_module(level.Key, inner);
        }
    }
}
