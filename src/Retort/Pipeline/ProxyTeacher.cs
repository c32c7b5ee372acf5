using Retort.Data;
using Retort.Metrics;
using Retort.Runs;
using Retort.Signals;
using Retort.Teachers;
using static TorchSharp.torch;

namespace Retort.Pipeline;

/// <summary>
/// Asks a cheap teacher how hard the texts of a transfer set are, so that the dear one need not be asked of all of them. Its answers stand in
/// the cache of signals; nothing is learnt from them.
/// </summary>
internal sealed class ProxyTeacher(Recipe recipe, string run, DataSet data, Func<string, string> resolve, Device device, IProgress<StageProgress>? progress,
    CancellationToken cancellation)
{
    private const string Name = "proxy", Key = "fractionation.proxy";

    /// <summary>What would else be found out after an hour of training.</summary>
    /// <exception cref="RetortException">There is no such model or file.</exception>
    public static void Require(string proxy, Func<string, string> resolve)
    {
        NamedTeacher source = NamedTeacher.Parse(proxy);
        if (source.Kind == TeacherKind.Model)
            resolve(source.Place);
        else if (source.Kind == TeacherKind.File && !source.Place.Contains('*', StringComparison.Ordinal) && !File.Exists(source.Place))
            throw new UsageException($"{Key} is {proxy}: there is no such file; expected a finished model, a file of its answers or command:LINE") { Key = Key };
    }

    /// <param name="texts">The transfer set, whose labelled texts come first.</param>
    /// <exception cref="RetortException">It is a file that lacks some of them.</exception>
    public OtherAnswers Run(IReadOnlyList<string> texts)
    {
        NamedTeacher source = NamedTeacher.Parse(recipe.Fractionation.Proxy);
        (PartialLogits said, string fingerprint) = new OtherModels(recipe, run, data, device, progress, cancellation)
            .Ask(Key, source, source.Kind == TeacherKind.Model ? resolve(source.Place) : null, texts);
        int known = said.Known.Count(one => one);
        if (known < texts.Count)
        {
            throw new RetortException(FormattableString.Invariant($"{Key}: {source.Name} has answers for {known:N0} of {texts.Count:N0} texts of the transfer set, the first without one: ")
                + $"'{Excerpt.Of(texts[Array.IndexOf(said.Known, false)])}': expected one for each, or a model, which answers any text");
        }
        progress?.Report(StageProgress.Note(Name, FormattableString.Invariant($"{source.Name} was asked of {texts.Count:N0} texts, and scores go by its answers") + Accuracy(said.Logits)));
        return new OtherAnswers(said.Logits, fingerprint);
    }

    private string Accuracy(LogitTable said)
    {
        if (data.Train.Kind != TaskKind.SingleLabel || data.Train.LabelledByTeacher)
            return "";
        double right = SingleLabel.Accuracy(said.Choose([.. Enumerable.Range(0, data.Train.Count)]), data.Train.ClassIndices());
        return FormattableString.Invariant($"; accuracy on train {right:0.0000}");
    }
}
