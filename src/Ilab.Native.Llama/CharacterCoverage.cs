using System.Globalization;
using System.Text;

namespace Ilab.Native.Llama;

/// <summary>
/// The characters that a SentencePiece vocabulary without byte tokens can encode. llama.cpp throws on other characters, and a C++ exception that crosses into
/// .NET ends the process; such characters are therefore removed from a text before it is tokenized.
/// </summary>
internal sealed class CharacterCoverage
{
    private readonly HashSet<Rune> _characters;
    private readonly string[] _special;
    private readonly int? _unknown;

    private CharacterCoverage(HashSet<Rune> characters, string[] special, int? unknown)
    {
        _characters = characters;
        _special = special;
        _unknown = unknown;
    }

    /// <returns>Null if the vocabulary has all byte tokens, and thus covers every character.</returns>
    public static CharacterCoverage? Of(Vocabulary vocabulary)
    {
        var (bytes, characters, special, unknown) = (new HashSet<byte>(), new HashSet<Rune>(), new List<string>(), (int?)null);
        for (var token = 0; token < vocabulary.Count; token++)
        {
            var piece = vocabulary.Piece(token, special: true);
            if (vocabulary.IsUnknown(token) || vocabulary.IsControl(token))
            {
                unknown ??= vocabulary.IsUnknown(token) ? token : null;
                special.Add(Encoding.UTF8.GetString(piece));
            }
            else if (piece.Length == 1)
            {
                bytes.Add(piece[0]);
            }

            if (Rune.DecodeFromUtf8(piece, out var rune, out var length) == System.Buffers.OperationStatus.Done && length == piece.Length)
            {
                characters.Add(rune);
            }
        }

        return bytes.Count == 256 ? null : new CharacterCoverage(characters, [.. special.Where(static text => text.Length > 0)], unknown);
    }

    /// <param name="tokenize">Tokenizes a piece that has only covered characters; true = it is the beginning of the text, for which it is called once even if
    /// empty.</param>
    /// <exception cref="LlamaException">A character is not covered, and there is no unknown token.</exception>
    public int[] Tokenize(string text, bool parseSpecial, Func<string, bool, int[]> tokenize)
    {
        var tokens = new List<int>();
        var (start, at) = (0, 0);
        while (at < text.Length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
            if (parseSpecial && _special.FirstOrDefault(special => text.AsSpan(at).StartsWith(special, StringComparison.Ordinal)) is { } found)
            {
                at += found.Length;
                continue;
            }

            if (!_characters.Contains(rune))
            {
                if (at > start || start == 0)
                {
                    tokens.AddRange(tokenize(text[start..at], start == 0));
                }

                tokens.Add(
                    _unknown
                        ?? throw new LlamaException(
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"the model's vocabulary has no token for the character U+{rune.Value:X4}, and none for unknown characters"
                            )
                        )
                );
                start = at + length;
            }

            at += length;
        }

        if (at > start || start == 0)
        {
            tokens.AddRange(tokenize(text[start..], start == 0));
        }

        return [.. tokens];
    }
}
