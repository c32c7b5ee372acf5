using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Retort.Runtime.Text;

/// <summary>The tokens of a model; a token's id is its row, 0 to <see cref="Count"/> − 1. Immutable, thread-safe.</summary>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "It is no collection type.")]
public sealed class Vocabulary
{
    internal const int LargestCount = 4_000_000;
    private const uint HashSeed = 2166136261, HashFactor = 16777619;

    // A token; real vocabularies have fewer than 1.
    private const long MostCollisions = 64;

    private readonly string[] _tokens;
    private readonly uint[] _hashes;
    private readonly int[] _slots;
    private long _collisions;

    /// <summary>Numbers the tokens in their order.</summary>
    /// <exception cref="InvalidDataException">There is no token, an empty one, or one stands twice.</exception>
    public Vocabulary(IEnumerable<string> tokens) : this(tokens, "the vocabulary", 1) { }

    /// <param name="tokens">The tokens in the order of their ids.</param>
    /// <param name="source">Where they come from, for messages.</param>
    /// <param name="firstLine">The line of id 0 in that source; 0 where ids are the better name.</param>
    internal Vocabulary(IEnumerable<string> tokens, string source, int firstLine)
    {
        _tokens = [.. tokens];
        if (_tokens.Length is 0 or > LargestCount)
            throw new InvalidDataException(
                $"{source} has {_tokens.Length} tokens; expected 1 to {LargestCount}, one a line in the order of their ids");
        _hashes = new uint[_tokens.Length];
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)_tokens.Length * 2)];
        for (int id = 0; id < _tokens.Length; id++)
            Insert(id, source, firstLine);
    }

    /// <summary>The number of tokens.</summary>
    public int Count => _tokens.Length;

    /// <summary>The token of an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in 0 to <see cref="Count"/> − 1.</exception>
    public string this[int id] => (uint)id < (uint)_tokens.Length
        ? _tokens[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"expected an id from 0 to {_tokens.Length - 1}");

    /// <summary>The length of the longest token in UTF-16 code units: no longer piece needs looking up.</summary>
    internal int LongestToken { get; private set; }

    /// <summary>Reads <c>vocab.txt</c> (one token a line) or <c>tokenizer.json</c>.</summary>
    /// <exception cref="InvalidDataException">The file is not a WordPiece vocabulary; the message says where and why.</exception>
    public static Vocabulary Load(string file)
    {
        byte[] content = TokenizerFiles.ReadBounded(file);
        return TokenizerFiles.IsJson(file, content)
            ? TokenizerJson.Parse(file, content).Vocabulary
            : VocabularyFile.Parse(file, content);
    }

    /// <summary>Finds the id of a token, compared code unit by code unit.</summary>
    public bool TryGetId(ReadOnlySpan<char> token, out int id)
    {
        uint hash = HashSeed;
        foreach (char c in token)
            hash = AddToHash(hash, c);
        id = Find(hash, default, token);
        return id >= 0;
    }

    /// <summary>The hash of a text, to be extended by <see cref="AddToHash"/> and given to <see cref="Find"/>.</summary>
    internal static uint HashOf(ReadOnlySpan<char> text)
    {
        uint hash = HashSeed;
        foreach (char c in text)
            hash = AddToHash(hash, c);
        return hash;
    }

    // FNV-1a over code units: the hash of every prefix of a word comes from one pass over it.
    internal static uint AddToHash(uint hash, char c) => (hash ^ c) * HashFactor;

    /// <summary>The id of the token <paramref name="prefix"/> + <paramref name="rest"/>, or −1.</summary>
    internal int Find(uint hash, ReadOnlySpan<char> prefix, ReadOnlySpan<char> rest)
    {
        int[] slots = _slots;
        for (uint slot = Scatter(hash); ; slot++)
        {
            int id = slots[(int)(slot & (uint)(slots.Length - 1))] - 1;
            if (id < 0)
                return -1;
            if (_hashes[id] == hash && Equals(_tokens[id], prefix, rest))
                return id;
        }
    }

    private static bool Equals(string token, ReadOnlySpan<char> prefix, ReadOnlySpan<char> rest) =>
        token.Length == prefix.Length + rest.Length
        && token.AsSpan(prefix.Length).SequenceEqual(rest)
        && token.AsSpan(0, prefix.Length).SequenceEqual(prefix);

    private static uint Scatter(uint hash) => hash ^ (hash >> 15);

    private void Insert(int id, string source, int firstLine)
    {
        string token = _tokens[id];
        string unit = firstLine > 0 ? "line" : "id";
        if (string.IsNullOrEmpty(token))
            throw new InvalidDataException(
                $"{source}, {unit} {id + firstLine}: an empty token; expected one token a line, without gaps");
        uint hash = HashOf(token);
        int known = Find(hash, default, token);
        if (known >= 0)
            throw new InvalidDataException($"{source}: the token \"{token}\" stands on {unit} {known + firstLine} and on "
                + $"{unit} {id + firstLine}; a token needs one id: take the file that came with the model's weights");
        _hashes[id] = hash;
        LongestToken = Math.Max(LongestToken, token.Length);
        uint slot = Scatter(hash);
        for (; _slots[(int)(slot & (uint)(_slots.Length - 1))] != 0; slot++)
        {
            if (++_collisions > MostCollisions * _tokens.Length)
                throw new InvalidDataException($"{source}: its tokens are made to collide in a hash table, which no language does");
        }
        _slots[(int)(slot & (uint)(_slots.Length - 1))] = id + 1;
    }
}
