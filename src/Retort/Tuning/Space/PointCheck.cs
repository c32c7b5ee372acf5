using System.Text.Json;
using Retort.Pipeline;
using Retort.Runs;

namespace Retort.Tuning.Space;

/// <summary>Holds points against the recipe that they change, before anything runs.</summary>
internal sealed class PointCheck(Recipe recipe)
{
    /// <summary>Points drawn to find one in which a key has an effect, beside those that differ in one value.</summary>
    private const int Draws = 256;

    /// <summary>The recipe at a point.</summary>
    /// <exception cref="UsageException">A value is out of its range, or two options do not go together.</exception>
    public static Recipe At(Recipe recipe, IReadOnlyDictionary<string, string> point) =>
        RecipeBinder.Change(recipe, [.. point.Select(change => new RecipeOverride(change.Key, change.Value, $"{change.Key}={change.Value}"))]);

    /// <summary>The point without values that the recipe has already and keys that have no effect; null with the reason where it is no recipe.</summary>
    public SortedDictionary<string, string>? Effective(IReadOnlyDictionary<string, string> point, out string reason)
    {
        try
        {
            Recipe at = At(recipe, point);
            reason = "";
            return new SortedDictionary<string, string>(point.Where(change => IdleOptions.Reason(change.Key, at) is null && ValueOf(at, change.Key) != ValueOf(recipe, change.Key))
                .ToDictionary(change => change.Key, change => Resolved(at, change.Key) ?? change.Value), StringComparer.Ordinal);
        }
        catch (UsageException e)
        {
            reason = e.Message;
            return null;
        }
    }

    /// <summary>The value of a key as a recipe holds it.</summary>
    public static string ValueOf(Recipe recipe, string key) => RecipeWriter.Text(RecipeSchema.Find(key)!.Read(recipe));

    /// <summary>The value of each of some keys at a point; null where it has no effect there.</summary>
    public static string?[] Values(Recipe recipe, IReadOnlyDictionary<string, string> point, IEnumerable<string> keys)
    {
        Recipe at = At(recipe, point);
        return [.. keys.Select(key => IdleOptions.Reason(key, at) is null ? Resolved(at, key) ?? ValueOf(at, key) : null)];
    }

    // A process that joins may stand in another folder.
    private static string? Resolved(Recipe at, string name) => RecipeSchema.Find(name) is { Path: not null } key ? RecipeWriter.Text(RecipePaths.Map(key.Read(at), RecipePaths.Escape)) : null;

    /// <summary>What a point is known by.</summary>
    public static string Name(IReadOnlyDictionary<string, string> point) => JsonSerializer.Serialize(new SortedDictionary<string, string>(point.ToDictionary(), StringComparer.Ordinal), JsonForm.Compact);

    /// <summary>Refuses a space in which a value is never allowed, or a key never has an effect.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public void Require(SearchSpace space)
    {
        if (space.Parameters.GroupBy(parameter => parameter.Key).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"--vary names {twice.Key} twice: expected it once, with all its values");
        var random = new SeededRandom(1);
        for (int k = 0; k < space.Parameters.Count; k++)
        {
            Parameter parameter = space.Parameters[k];
            bool works = false;
            string idle = "";
            foreach (string value in parameter.Samples)
            {
                string? wrong = null;
                bool allowed = false;
                foreach (SortedDictionary<string, string> point in Around(space, k, value, random))
                {
                    try
                    {
                        Recipe at = At(recipe, point);
                        allowed = true;
                        if (IdleOptions.Reason(parameter.Key, at) is { } reason)
                            idle = reason;
                        else
                            works = true;
                    }
                    catch (UsageException e)
                    {
                        wrong ??= e.Message;
                    }
                    if (allowed && works)
                        break;
                }
                if (!allowed)
                    throw new UsageException($"--vary {parameter.Key}: {wrong}");
            }
            if (!works)
                throw new UsageException($"--vary {parameter.Key}: {parameter.Key} has no effect while {idle}: leave it out, or change the other option (--set, --vary)") { Key = parameter.Key };
        }
    }

    /// <summary>Points with one value at its place: the others at their first, then one after another at each of theirs, then at random.</summary>
    private static IEnumerable<SortedDictionary<string, string>> Around(SearchSpace space, int place, string value, SeededRandom random)
    {
        string[] first = [.. space.Parameters.Select(parameter => parameter.Samples.First())];
        first[place] = value;
        yield return space.Point(first);
        for (int other = 0; other < first.Length; other++)
        {
            foreach (string sample in other == place ? [] : space.Parameters[other].Samples.Skip(1))
                yield return space.Point([.. first[..other], sample, .. first[(other + 1)..]]);
        }
        for (int k = 0; k < Draws && first.Length > 1; k++)
        {
            string[] drawn = [.. space.Parameters.Select(parameter => parameter.Draw(random))];
            drawn[place] = value;
            yield return space.Point(drawn);
        }
    }
}
