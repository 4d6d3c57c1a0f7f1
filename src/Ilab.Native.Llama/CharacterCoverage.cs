using System.Globalization;
using System.Text;

namespace Ilab.Native.Llama;

/// <summary>
/// Which characters a SentencePiece vocabulary without a token for each byte can write. llama.cpp throws at a character outside it, and an exception of C++
/// that
/// crosses into .NET ends the process; so such characters are cut out of a text before it is tokenized.
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

    /// <returns>null = the vocabulary has every byte, and with them every character.</returns>
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

    /// <param name="tokenize">Tokens of a piece that has only known characters; true = it is the text's beginning, which is asked for once, empty or
    /// not.</param>
    /// <exception cref="LlamaException">A character is not known, and no token stands for such.</exception>
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
