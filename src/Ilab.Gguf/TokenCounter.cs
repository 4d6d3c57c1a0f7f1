using System.Buffers;
using System.Text;

namespace Ilab.Gguf;

/// <summary>
/// Counts the tokens of texts with the vocabulary of a GGUF file and without native code: within a word, the longest token that fits is taken again and again.
/// Tokenizers merge pairs in an order of their own and come to a few percent more or less, so this is for planning, not for cutting.
/// </summary>
public sealed class TokenCounter
{
    private const int LongestToken = 32, // bytes; what is longer are runs of blanks and dashes
        SpaceByte = 0x20;

    private const string Blank = "\u2581"; // stands for a space in vocabularies of pieces

    private static readonly Dictionary<char, byte> Bytes = ByteLetters();

    private static readonly (string Name, string Key)[] SpecialTokens =
    [
        ("bos_token", "tokenizer.ggml.bos_token_id"),
        ("eos_token", "tokenizer.ggml.eos_token_id"),
        ("unk_token", "tokenizer.ggml.unknown_token_id"),
        ("pad_token", "tokenizer.ggml.padding_token_id"),
    ];

    private readonly HashSet<string> _tokens = new(StringComparer.Ordinal);
    private readonly int[] _longest = new int[256];
    private readonly bool _beginsWithSpace;
    private readonly SearchValues<string> _controls;
    private readonly string[] _longestFirst;
    private readonly string _begin;

    private TokenCounter(IEnumerable<byte[]> tokens, string model, int[] types, GgufFile file)
    {
        _beginsWithSpace = model != "gpt2";
        var (index, controls, special) = (0, new List<string>(), new Dictionary<string, string>());
        var names = SpecialTokens.ToLookup(token => file.GetUnsigned(token.Key), static token => token.Name);
        foreach (var token in tokens)
        {
            var isText = index >= types.Length || (TokenType)types[index] is TokenType.Normal or TokenType.UserDefined;
            if (!isText && (TokenType)types[index] is TokenType.Control or TokenType.Unknown && token.Length > 0)
            {
                controls.Add(Encoding.UTF8.GetString(token));
            }

            foreach (var name in names[(ulong)index])
            {
                special[name] = Encoding.UTF8.GetString(token);
            }

            index++;
            var text = isText ? Plain(Encoding.UTF8.GetString(token), model) : "";
            if (text.Length is > 0 and <= LongestToken && _tokens.Add(text))
            {
                _longest[text[0]] = Math.Max(_longest[text[0]], text.Length);
            }
        }

        _longestFirst = [.. controls.OrderByDescending(static text => text.Length)];
        _controls = SearchValues.Create(_longestFirst, StringComparison.Ordinal);
        Special = special;
        _begin = special.GetValueOrDefault("bos_token", "");
        Beginning = _begin.Length > 0 && (file.Metadata.GetValueOrDefault("tokenizer.ggml.add_bos_token")?.Value as bool? ?? _beginsWithSpace) ? 1 : 0;
        End = special.ContainsKey("eos_token") ? 1 : 0;
    }

    /// <summary>Texts of special tokens by the names that chat templates know them by, such as <c>bos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> Special { get; }

    /// <summary>Tokens that are put before every text: none or one.</summary>
    public int Beginning { get; }

    /// <summary>Tokens that are put after a record: none or one.</summary>
    public int End { get; }

    private enum TokenType
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
    }

    /// <param name="file">The header.</param>
    /// <param name="stream">The same file.</param>
    /// <returns>Null when it has no vocabulary of a kind that is known here.</returns>
    public static TokenCounter? Of(GgufFile file, Stream stream)
    {
        var arrays = new GgufArrays(file, stream);
        var types = arrays.Ints("tokenizer.ggml.token_type") ?? [];
        return
            file.GetString("tokenizer.ggml.model") is { } model and ("llama" or "gpt2" or "t5" or "gemma4")
            && arrays.Texts("tokenizer.ggml.tokens") is { } tokens
            ? new TokenCounter(tokens, model, types, file)
            : null;
    }

    /// <summary>Tokens of a text; markers of a conversation are not among them.</summary>
    public int Count(string text)
    {
        var bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(_beginsWithSpace && text.Length > 0 ? " " + text : text));
        var (count, at) = (0, 0);
        while (at < bytes.Length)
        {
            var end = EndOfWord(bytes, at);
            for (; at < end; count++)
            {
                at += Longest(bytes.AsSpan(at, end - at));
            }
        }

        return count;
    }

    /// <summary>Tokens of a text in which a template wrote control tokens, with the one that every text begins with.</summary>
    public int CountMarked(string text)
    {
        var (count, rest) = (text.StartsWith(_begin, StringComparison.Ordinal) && _begin.Length > 0 ? 0 : Beginning, text);
        for (int at; (at = rest.AsSpan().IndexOfAny(_controls)) >= 0; count++)
        {
            count += Count(rest[..at]);
            rest = rest[(at + _longestFirst.First(token => rest.AsSpan(at).StartsWith(token, StringComparison.Ordinal)).Length)..];
        }

        return count + Count(rest);
    }

    private int Longest(ReadOnlySpan<char> word)
    {
        var known = _tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var length = Math.Min(word.Length, _longest[word[0]]); length > 1; length--)
        {
            if (known.Contains(word[..length]))
            {
                return length;
            }
        }

        return 1;
    }

    /// <summary>A word is a run of letters, of digits, of other signs or of blanks; the space before one belongs to it.</summary>
    private static int EndOfWord(string bytes, int at)
    {
        var from = bytes[at] == SpaceByte && at + 1 < bytes.Length && !char.IsWhiteSpace(bytes[at + 1]) ? at + 1 : at;
        var (kind, end) = (KindOf(bytes[from]), from + 1);
        while (end < bytes.Length && KindOf(bytes[end]) == kind && !(kind == 0 && IsLastBlank(bytes, end)))
        {
            end++;
        }

        return end;
    }

    /// <summary>The last space of a run belongs to the word behind it.</summary>
    private static bool IsLastBlank(string bytes, int at) => bytes[at] == SpaceByte && at + 1 < bytes.Length && KindOf(bytes[at + 1]) != 0;

    private static int KindOf(char value) =>
        value is ' ' or '\t' or '\r' or '\n' ? 0
        : char.IsAsciiDigit(value) ? 1
        : char.IsAsciiLetter(value) || value >= 0x80 ? 2
        : 3;

    /// <summary>The bytes that a token stands for, a character each; empty = no text, or not known here.</summary>
    private static string Plain(string token, string model)
    {
        if (model != "gpt2")
        {
            return Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(token.Replace(Blank, " ", StringComparison.Ordinal)));
        }

        var text = new StringBuilder(token.Length);
        foreach (var letter in token)
        {
            if (!Bytes.TryGetValue(letter, out var value))
            {
                return "";
            }

            text.Append((char)value);
        }

        return text.ToString();
    }

    /// <summary>Vocabularies of bytes write each of them as a letter: printable ones as themselves, the others from U+0100 on.</summary>
    private static Dictionary<char, byte> ByteLetters()
    {
        var letters = new Dictionary<char, byte>();
        var next = (char)0x100;
        for (var value = 0; value < 256; value++)
        {
            var isPrintable = value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            letters[isPrintable ? (char)value : next++] = (byte)value;
        }

        return letters;
    }
}
