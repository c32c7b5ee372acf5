using Retort.Metrics;
using Retort.Runs;
using Retort.Tuning.Space;

namespace Retort.Tuning.Plans;

/// <summary>
/// How likely each value of a key is, after those that some trials had (Parzen): in a range each of them spreads around its place as a normal distribution that
/// ends where the range does; in a list it counts for itself. Beside them stands one that is spread evenly over all values, so that none is impossible.
/// </summary>
internal sealed class ParzenDensity
{
    private readonly Parameter _parameter;
    private readonly string[] _seen;
    private readonly Kernel[] _kernels;

    /// <param name="parameter">The key and its values.</param>
    /// <param name="seen">Values of it, one a trial.</param>
    public ParzenDensity(Parameter parameter, IEnumerable<string> seen)
    {
        (_parameter, _seen) = (parameter, [.. seen]);
        _kernels = IsList ? [] : Kernels([.. _seen.Select(parameter.PlaceOf)]);
    }

    private bool IsList => _parameter.Values.Count > 0;

    /// <summary>The density at a value: a probability in a list; in a range over places from 0 to 1.</summary>
    public double Of(string value)
    {
        double even = IsList ? 1.0 / _parameter.Values.Count : 1;
        double seen = IsList ? _seen.Count(one => one == value) : _kernels.Sum(kernel => kernel.Density(_parameter.PlaceOf(value)));
        return (even + seen) / (1 + _seen.Length);
    }

    /// <summary>A value, drawn from the density.</summary>
    public string Draw(SeededRandom random)
    {
        int which = random.Below(_seen.Length + 1);
        return which == _seen.Length ? _parameter.Draw(random) : IsList ? _seen[which] : _parameter.At(_kernels[which].Draw(random));
    }

    // As wide as the farther of the neighbours is away, so that where trials lie close the density is fine (Bergstra et al. 2011); but never a needle.
    private static Kernel[] Kernels(double[] places)
    {
        double[] edges = [0, .. places.Order(), 1];
        double least = 1.0 / (1 + places.Length);
        return [.. places.Select(place =>
        {
            int at = Array.IndexOf(edges, place, 1);
            return new Kernel(place, Math.Clamp(Math.Max(place - edges[at - 1], edges[at + 1] - place), least, 1));
        })];
    }

    /// <summary>A normal distribution between 0 and 1.</summary>
    private readonly record struct Kernel(double Centre, double Width)
    {
        public double Density(double place)
        {
            double away = (place - Centre) / Width, inside = Cumulative((1 - Centre) / Width) - Cumulative(-Centre / Width);
            return Math.Exp(-away * away / 2) / (Width * Math.Sqrt(2 * Math.PI) * inside);
        }

        public double Draw(SeededRandom random)
        {
            while (true)
            {
                // Box and Muller; 1 less a share is never 0.
                double place = Centre + Width * Math.Sqrt(-2 * Math.Log(1 - random.Share())) * Math.Cos(2 * Math.PI * random.Share());
                if (place is >= 0 and <= 1)
                    return place;
            }
        }

        private static double Cumulative(double z) => z < 0 ? ErrorFunction.Complement(-z / Math.Sqrt(2)) / 2 : 1 - ErrorFunction.Complement(z / Math.Sqrt(2)) / 2;
    }
}
