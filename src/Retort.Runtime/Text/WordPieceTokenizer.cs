namespace Retort.Runtime.Text;

/// <summary>
/// BERT's tokenizer: basic tokenization and WordPiece, with exactly the ids and offsets of Hugging Face's library
/// (0.23). Immutable and thread-safe. It uses no culture data of the platform.
/// </summary>
public sealed class WordPieceTokenizer
{
    private readonly TokenReader _reader;

    /// <summary>
    /// A tokenizer on a vocabulary. Those of the option's five special tokens that the vocabulary holds are matched in
    /// the raw text.
    /// </summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">The vocabulary has no unknown token.</exception>
    public WordPieceTokenizer(Vocabulary vocabulary, TokenizerOptions? options = null)
        : this(vocabulary, options ?? new TokenizerOptions(), null, "the vocabulary") { }

    internal WordPieceTokenizer(
        Vocabulary vocabulary, TokenizerOptions options, IEnumerable<SpecialToken>? specialTokens, string source)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        options.Validate();
        Vocabulary = vocabulary;
        Options = options;
        UnknownId = IdOf(options.UnknownToken);
        ClassifierId = IdOf(options.ClassifierToken);
        SeparatorId = IdOf(options.SeparatorToken);
        PaddingId = IdOf(options.PaddingToken);
        if (UnknownId < 0)
            throw new InvalidDataException($"{source} has no token \"{options.UnknownToken}\" for unknown words among its "
                + $"{vocabulary.Count} tokens; add it, or name the one it has (unk_token in tokenizer_config.json)");
        _reader = new TokenReader(vocabulary, options, UnknownId, new SpecialTokens(specialTokens ?? Named(options)));
    }

    /// <summary>The tokens and their ids.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>How text is read.</summary>
    public TokenizerOptions Options { get; }

    /// <summary>The id of the token for unknown words.</summary>
    public int UnknownId { get; }

    /// <summary>The id of [CLS], or −1 where the vocabulary has none.</summary>
    public int ClassifierId { get; }

    /// <summary>The id of [SEP], or −1 where the vocabulary has none.</summary>
    public int SeparatorId { get; }

    /// <summary>The id of [PAD], or −1 where the vocabulary has none.</summary>
    public int PaddingId { get; }

    /// <summary>
    /// Reads a Hugging Face folder: <c>tokenizer.json</c> if it is there, else <c>vocab.txt</c> with
    /// <c>tokenizer_config.json</c> (optional). The file's own truncation, padding and post-processing are not applied.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is not of a BERT tokenizer; the message says where and why.</exception>
    /// <exception cref="FileNotFoundException">The folder has neither file.</exception>
    public static WordPieceTokenizer Load(string folder) => TokenizerFolder.Load(folder);

    /// <summary>
    /// Appends the tokens of a text, without [CLS] and [SEP]. Offsets count UTF-16 code units of <paramref name="text"/>.
    /// A lone surrogate is read as U+FFFD.
    /// </summary>
    /// <param name="text">Any text; it need not be normalized.</param>
    /// <param name="tokens">Receives the tokens.</param>
    /// <param name="maxTokens">Stop after this many tokens of this text. Default: no limit.</param>
    public void Encode(ReadOnlySpan<char> text, List<Token> tokens, int maxTokens = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        if (maxTokens == 0)
            return;
        var sink = new TokenListSink(tokens, (int)Math.Min((long)tokens.Count + maxTokens, int.MaxValue));
        Encode(text, ref sink);
    }

    /// <summary>
    /// Tells a sink of the tokens of a text, without [CLS] and [SEP], until it wants no more; offsets count UTF-16 code
    /// units.
    /// </summary>
    internal void Encode<TSink>(ReadOnlySpan<char> text, ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct => _reader.Read<char, Utf16, TSink>(text, ref sink);

    /// <summary>
    /// Tells a sink of the tokens of a text in UTF-8; offsets count bytes. An invalid sequence is read as U+FFFD, once
    /// for each maximal subpart (Unicode Standard, 3.9), as .NET decodes it.
    /// </summary>
    internal void EncodeUtf8<TSink>(ReadOnlySpan<byte> utf8, ref TSink sink)
        where TSink : struct, ITokenSink, allows ref struct => _reader.Read<byte, Utf8, TSink>(utf8, ref sink);

    private IEnumerable<SpecialToken> Named(TokenizerOptions options) =>
        from token in options.SpecialTokens.Distinct()
        let id = IdOf(token)
        where id >= 0
        select new SpecialToken(token, id);

    private int IdOf(string token) => Vocabulary.TryGetId(token, out int id) ? id : -1;
}
