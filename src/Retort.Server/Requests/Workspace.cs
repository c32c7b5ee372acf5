using System.Buffers;
using System.Text;
using System.Text.Json;
using Retort.Runtime;

namespace Retort.Server.Requests;

/// <summary>What one request is computed in; pooled, so that a request allocates next to nothing. Texts are kept in UTF-8, one behind the other.</summary>
internal sealed class Workspace
{
    // What a rare large request leaves behind is let go.
    private const int Kept = 1 << 20;

    private readonly List<(int Start, int Length)> _texts = [];
    private byte[] _bytes = new byte[4096];
    private float[] _probabilities = [];
    private int _used, _reserved;

    public Workspace() => Json = new Utf8JsonWriter(Output, new JsonWriterOptions { Encoder = Server.Json.Encoder, SkipValidation = true });

    /// <summary>Texts so far.</summary>
    public int Count => _texts.Count;

    /// <summary>One answer a text, once they were computed.</summary>
    public Answer[] Answers { get; private set; } = [];

    /// <summary>The answer in bytes.</summary>
    public ArrayBufferWriter<byte> Output { get; } = new(4096);

    /// <summary>Writes to <see cref="Output"/>.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>A text in UTF-8.</summary>
    public ReadOnlySpan<byte> Text(int k) => _bytes.AsSpan(_texts[k].Start, _texts[k].Length);

    /// <summary>A text.</summary>
    public string TextString(int k) => Encoding.UTF8.GetString(Text(k));

    /// <summary>Room for a text of at most so many bytes, which <see cref="Add"/> then counts in.</summary>
    public Span<byte> Reserve(int bytes)
    {
        if (_bytes.Length - _used < bytes)
            Array.Resize(ref _bytes, Math.Max(_used + bytes, 2 * _bytes.Length));
        _reserved = bytes;
        return _bytes.AsSpan(_used, bytes);
    }

    /// <summary>The reserved room holds a text.</summary>
    public void Add(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _reserved);
        _texts.Add((_used, bytes));
        _used += bytes;
        _reserved = 0;
    }

    /// <summary>Forgets the last text.</summary>
    public void RemoveLast()
    {
        _used = _texts[^1].Start;
        _texts.RemoveAt(_texts.Count - 1);
    }

    /// <summary>Makes room for the answers.</summary>
    /// <param name="classes">Of the model.</param>
    public void Prepare(int classes)
    {
        if (Answers.Length < Count)
            Answers = new Answer[Math.Max(Count, 16)];
        if (_probabilities.Length < Count * classes)
            _probabilities = new float[Count * classes];
        Classes = classes;
    }

    /// <summary>Of the model that <see cref="Prepare"/> was called for.</summary>
    public int Classes { get; private set; }

    /// <summary>(classes) What the student says of a text.</summary>
    public Span<float> Probabilities(int k) => _probabilities.AsSpan(k * Classes, Classes);

    /// <summary>(classes) What is answered to a text: the teacher's word where it stands, else the student's.</summary>
    public ReadOnlySpan<float> Answered(int k) => Answers[k].Deferred ? Answers[k].Teacher : Probabilities(k);

    /// <summary>Forgets the texts, not the output.</summary>
    public void ClearTexts()
    {
        _texts.Clear();
        Array.Clear(Answers);
        (_used, _reserved) = (0, 0);
        if (_bytes.Length > Kept)
            _bytes = new byte[4096];
        if (_probabilities.Length > Kept)
            _probabilities = [];
    }

    /// <summary>Forgets everything; false: it has grown too large to be kept.</summary>
    public bool Reset()
    {
        ClearTexts();
        Json.Reset();
        Output.ResetWrittenCount();
        return Output.Capacity <= Kept && Answers.Length <= Kept / 64;
    }
}

/// <summary>What is answered to a text.</summary>
internal struct Answer
{
    /// <summary>The student's likeliest class.</summary>
    public int Index;

    /// <summary>Its probability.</summary>
    public float Confidence;

    /// <summary>What the student took, in microseconds; 0 where nobody asked.</summary>
    public float Microseconds;

    /// <summary>(classes) What the teacher says, in the student's order of classes; null: it was not asked, or did not answer.</summary>
    public float[]? Teacher;

    /// <summary>What the teacher took, waiting included, in microseconds.</summary>
    public float TeacherMicroseconds;

    /// <summary>Whether the teacher's answer stands, for the student was unsure.</summary>
    public bool Deferred;

    /// <summary>Why the teacher did not answer; null: it did, or was not asked.</summary>
    public string? Fallback;

    /// <summary>What spoke for a class; null: nobody asked.</summary>
    public Explanation? Explanation;
}
