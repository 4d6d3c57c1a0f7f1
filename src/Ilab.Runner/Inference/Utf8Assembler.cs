using System.Text;

namespace Ilab.Runner.Inference;

/// <summary>
/// Bytes of tokens to whole characters: a character whose bytes come in several tokens is held back until it is whole. Bytes that can never
/// become a character come out as U+FFFD, once it is certain.
/// </summary>
internal sealed class Utf8Assembler
{
    private readonly Decoder _decoder = new UTF8Encoding(false, false).GetDecoder();
    private char[] _characters = new char[64];

    /// <returns>What is whole now; valid until the next call.</returns>
    public ReadOnlySpan<char> Add(ReadOnlySpan<byte> bytes) => Decode(bytes, flush: false);

    /// <summary>What was held back, at the end.</summary>
    public ReadOnlySpan<char> Finish() => Decode([], flush: true);

    private ReadOnlySpan<char> Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        if (_characters.Length < bytes.Length + 4)
        {
            _characters = new char[bytes.Length + 4];
        }

        var count = _decoder.GetChars(bytes, _characters, flush);
        return _characters.AsSpan(0, count);
    }
}
