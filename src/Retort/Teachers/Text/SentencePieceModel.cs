using System.Buffers.Binary;
using Google.Protobuf;
using Retort.Runs;

namespace Retort.Teachers.Text;

/// <summary>What a SentencePiece model file holds, of a unigram model (Kudo 2018, arXiv:1804.10959).</summary>
/// <param name="Pieces">In order of their ids.</param>
/// <param name="UnknownId">The piece for what no piece covers.</param>
/// <param name="Characters">How characters are rewritten; null: not at all.</param>
/// <param name="AddsPrefix">Whether a text is read as if a blank stood before it.</param>
/// <param name="CollapsesSpaces">Whether blanks are taken from both ends, and of several one is left.</param>
internal sealed record SentencePieceModel(
    IReadOnlyList<SentencePiece> Pieces, int UnknownId, CharacterMap? Characters, bool AddsPrefix, bool CollapsesSpaces)
{
    private const int Unigram = 1;
    private const long MaxBytes = 256 << 20;

    /// <exception cref="RetortException">The file is damaged, or of another kind of SentencePiece model.</exception>
    public static SentencePieceModel Load(string file)
    {
        if (new FileInfo(file).Length > MaxBytes)
            throw new RetortException($"{file} has over {MaxBytes} bytes, more than a tokenizer needs");
        try
        {
            return Parse(file, File.ReadAllBytes(file));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new RetortException($"{file} is no whole SentencePiece model: {e.Message} Copy it again from where the weights come from", e);
        }
    }

    // Numbers of fields and their defaults: sentencepiece_model.proto of SentencePiece.
    private static SentencePieceModel Parse(string file, byte[] bytes)
    {
        var pieces = new List<SentencePiece>();
        int kind = Unigram;
        byte[] map = [];
        bool addsPrefix = true, collapses = true, escapes = true, isSuffix = false;
        foreach ((int field, ByteString content) in Messages(bytes))
        {
            if (field == 1)
            {
                pieces.Add(ReadPiece(content));
                continue;
            }
            var input = content.CreateCodedInput();
            while (input.ReadTag() is var tag && tag != 0)
            {
                switch (field, WireFormat.GetTagFieldNumber(tag))
                {
                    case (2, 3): kind = input.ReadEnum(); break;
                    case (2, 24): isSuffix = input.ReadBool(); break;
                    case (3, 2): map = input.ReadBytes().ToByteArray(); break;
                    case (3, 3): addsPrefix = input.ReadBool(); break;
                    case (3, 4): collapses = input.ReadBool(); break;
                    case (3, 5): escapes = input.ReadBool(); break;
                    default: input.SkipLastField(); break;
                }
            }
        }
        string? other = kind != Unigram ? "is no unigram model" : isSuffix ? "writes blanks behind words" : !escapes ? "keeps blanks"
            : pieces.Exists(piece => piece.Sort == PieceSort.Byte) ? "has pieces for bytes" : null;
        if (other is not null)
            throw new RetortException($"{file} {other}: expected a unigram model as ALBERT's; of another tokenizer, export the teacher's logits instead");
        int unknown = pieces.FindIndex(piece => piece.Sort == PieceSort.Unknown);
        if (unknown < 0 || !pieces.Exists(piece => piece.Sort == PieceSort.Normal))
            throw new RetortException($"{file} has {pieces.Count} pieces, {(unknown < 0 ? "none for what is unknown" : "none that is text")}: expected a SentencePiece model; copy it again from where the weights come from");
        return new SentencePieceModel(pieces, unknown, map.Length == 0 ? null : CharacterMap.Parse(file, map), addsPrefix, collapses);
    }

    private static IEnumerable<(int Field, ByteString Content)> Messages(byte[] bytes)
    {
        var input = new CodedInputStream(bytes);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) is var field and <= 3 && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
                yield return (field, input.ReadBytes());
            else
                input.SkipLastField();
        }
    }

    private static SentencePiece ReadPiece(ByteString content)
    {
        var piece = new SentencePiece("", 0, PieceSort.Normal);
        var input = content.CreateCodedInput();
        while (input.ReadTag() is var tag && tag != 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1: piece = piece with { Text = input.ReadString() }; break;
                case 2: piece = piece with { Score = input.ReadFloat() }; break;
                case 3: piece = piece with { Sort = (PieceSort)input.ReadEnum() }; break;
                default: input.SkipLastField(); break;
            }
        }
        return piece;
    }
}

/// <summary>What a piece is for.</summary>
internal enum PieceSort
{
    Normal = 1,
    Unknown = 2,

    /// <summary>Never found in text: [CLS].</summary>
    Control = 3,

    /// <summary>Found wherever its text stands.</summary>
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <param name="Text">Its text, with ▁ for a blank.</param>
/// <param name="Score">The logarithm of its probability.</param>
/// <param name="Sort">What it is for.</param>
internal sealed record SentencePiece(string Text, float Score, PieceSort Sort);

/// <summary>
/// How a SentencePiece model rewrites characters, as NFKC does: a double-array trie (Aoe 1989) over UTF-8, in the layout of
/// the library darts-clone, whose values are places in a list of texts that end with a zero byte.
/// </summary>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _texts;

    private CharacterMap(uint[] units, byte[] texts) => (_units, _texts) = (units, texts);

    public static CharacterMap Parse(string file, byte[] map)
    {
        uint length = map.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (length == 0 || length % 4 != 0 || length > map.Length - 4)
            throw new RetortException($"{file}: its table of characters says it has {length} bytes of {map.Length}: copy the file again from where the weights come from");
        uint[] units = new uint[length / 4];
        for (int k = 0; k < units.Length; k++)
            units[k] = BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(4 + 4 * k));
        return new CharacterMap(units, map[(int)(4 + length)..]);
    }

    /// <summary>The longest beginning that is rewritten, and what it becomes; length 0: none is.</summary>
    public (int Length, ReadOnlyMemory<byte> Text) Find(ReadOnlySpan<byte> utf8)
    {
        (int Length, uint Value) found = (0, 0);
        uint place = Offset(_units[0]);
        for (int k = 0; k < utf8.Length; k++)
        {
            place ^= utf8[k];
            // The label of a unit says which byte leads to it.
            if (place >= _units.Length || (_units[place] & 0x8000_00FF) != utf8[k])
                break;
            uint unit = _units[place];
            place ^= Offset(unit);
            bool hasValue = (unit >> 8 & 1) != 0;
            if (hasValue && place < _units.Length)
                found = (k + 1, _units[place] & 0x7FFF_FFFF);
        }
        if (found.Length == 0 || found.Value >= _texts.Length)
            return (0, default);
        ReadOnlyMemory<byte> rest = _texts.AsMemory((int)found.Value);
        int end = rest.Span.IndexOf((byte)0);
        return (found.Length, end < 0 ? rest : rest[..end]);
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1 << 9) >> 6);
}
