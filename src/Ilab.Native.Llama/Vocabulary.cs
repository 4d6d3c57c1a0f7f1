using System.Text;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama;

/// <summary>A model's vocabulary: tokenization and detokenization. Thread-safe; valid as long as its model.</summary>
public sealed unsafe class Vocabulary
{
    private const int SentencePiece = 1; // enum llama_vocab_type
    private const int Unknown = 1; // enum llama_token_attr
    private const int StripsLeft = 1 << 7;
    private const int StripsRight = 1 << 8;
    private readonly Lazy<CharacterCoverage?> _coverage;
    private readonly nint _pointer;
    private readonly LlamaModel _model; // keeps the native memory alive

    internal Vocabulary(LlamaModel model, nint pointer)
    {
        _model = model;
        _pointer = pointer;
        Count = LlamaApi.llama_vocab_n_tokens(pointer);
        BeginOfText = LlamaApi.llama_vocab_bos(pointer);
        EndOfText = LlamaApi.llama_vocab_eos(pointer);
        AddsBeginOfText = LlamaApi.llama_vocab_get_add_bos(pointer) != 0;
        _coverage = new Lazy<CharacterCoverage?>(() => LlamaApi.llama_vocab_type(_pointer) == SentencePiece ? CharacterCoverage.Of(this) : null);
    }

    public int Count { get; }

    /// <summary>Whether spaces are part of its tokens, and a text begins with one.</summary>
    public bool IsSentencePiece => LlamaApi.llama_vocab_type(_pointer) == SentencePiece;

    /// <summary>-1 = none.</summary>
    public int BeginOfText { get; }

    /// <summary>-1 = none.</summary>
    public int EndOfText { get; }

    public bool AddsBeginOfText { get; }

    /// <summary>Between the parts of a text; -1 = none.</summary>
    public int Separator => LlamaApi.llama_vocab_sep(_pointer);

    /// <summary>Whether a text ends with <see cref="EndOfText"/>.</summary>
    public bool AddsEndOfText => LlamaApi.llama_vocab_get_add_eos(_pointer) != 0;

    public bool AddsSeparator => LlamaApi.llama_vocab_get_add_sep(_pointer) != 0;

    public bool IsEndOfGeneration(int token) => LlamaApi.llama_vocab_is_eog(_pointer, token) != 0;

    /// <summary>Whether it is the token for characters that are not in the vocabulary.</summary>
    public bool IsUnknown(int token) => (LlamaApi.llama_vocab_get_attr(_pointer, token) & Unknown) != 0;

    /// <summary>Whether white space before the token belongs to it.</summary>
    public bool TakesSpaceBefore(int token) => (LlamaApi.llama_vocab_get_attr(_pointer, token) & StripsLeft) != 0;

    /// <summary>Whether white space after the token belongs to it.</summary>
    public bool TakesSpaceAfter(int token) => (LlamaApi.llama_vocab_get_attr(_pointer, token) & StripsRight) != 0;

    public bool IsControl(int token) => LlamaApi.llama_vocab_is_control(_pointer, token) != 0;

    /// <summary>Characters missing from a vocabulary without byte tokens become its unknown token, as in SentencePiece.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecial">Adds the model's special tokens around the text (such as BOS).</param>
    /// <param name="parseSpecial">Parses special tokens in the text.</param>
    /// <exception cref="LlamaException">The vocabulary has neither a character of the text nor an unknown token.</exception>
    public int[] Tokenize(string text, bool addSpecial, bool parseSpecial)
    {
        GC.KeepAlive(_model);
        return _coverage.Value is { } coverage
            ? coverage.Tokenize(text, parseSpecial, (piece, first) => Whole(piece, addSpecial && first, parseSpecial))
            : Whole(text, addSpecial, parseSpecial);
    }

    /// <summary>The bytes of a token, which may be part of a character.</summary>
    /// <returns>How many bytes; negative = how many are needed.</returns>
    public int Piece(int token, Span<byte> buffer, bool special)
    {
        fixed (byte* pointer = buffer)
        {
            return LlamaApi.llama_token_to_piece(_pointer, token, pointer, buffer.Length, 0, special ? (byte)1 : (byte)0);
        }
    }

    public byte[] Piece(int token, bool special)
    {
        Span<byte> small = stackalloc byte[128];
        var length = Piece(token, small, special);
        if (length >= 0)
        {
            return small[..length].ToArray();
        }

        var bytes = new byte[-length];
        Piece(token, bytes, special);
        return bytes;
    }

    private int[] Whole(string text, bool addSpecial, bool parseSpecial)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var tokens = new int[bytes.Length + 8];
        var count = Tokenize(bytes, tokens, addSpecial, parseSpecial);
        if (count < 0)
        {
            tokens = new int[-count];
            count = Tokenize(bytes, tokens, addSpecial, parseSpecial);
        }

        Array.Resize(ref tokens, count);
        return tokens;
    }

    private int Tokenize(byte[] text, int[] tokens, bool addSpecial, bool parseSpecial)
    {
        fixed (byte* source = text)
        fixed (int* target = tokens)
        {
            return LlamaApi.llama_tokenize(
                _pointer,
                source,
                text.Length,
                target,
                tokens.Length,
                addSpecial ? (byte)1 : (byte)0,
                parseSpecial ? (byte)1 : (byte)0
            );
        }
    }
}
