using Retort.Runtime.Text;

namespace Retort.Teachers.Text;

/// <summary>Cuts texts into the tokens that a model embeds. Immutable and thread-safe.</summary>
public interface ITextTokenizer
{
    /// <summary>Tokens: ids run from 0 to one below.</summary>
    int Count { get; }

    /// <summary>The id before a text: of [CLS] or &lt;s&gt;.</summary>
    int FirstId { get; }

    /// <summary>The id behind it: of [SEP] or &lt;/s&gt;.</summary>
    int LastId { get; }

    /// <summary>SHA-256, in lower-case hexadecimal, of all that the ids of a text depend on.</summary>
    string Fingerprint { get; }

    /// <summary>The ids of a text, without those before and behind it.</summary>
    int[] Encode(string text);

    /// <summary>The same with where each token stands in the text.</summary>
    IReadOnlyList<Token> Locate(string text);
}
