using System.Text;

namespace Ilab.Runner.Inference.Output;

/// <summary>
/// Decodes token bytes to complete characters: a character split across tokens is held back until complete. Invalid bytes are output as U+FFFD.
/// </summary>
internal sealed class Utf8Assembler
{
    private readonly Decoder _decoder = new UTF8Encoding(false, false).GetDecoder();
    private char[] _characters = new char[64];

    /// <returns>The complete characters; valid until the next call.</returns>
    public ReadOnlySpan<char> Add(ReadOnlySpan<byte> bytes) => Decode(bytes, flush: false);

    /// <summary>The characters held back, at the end.</summary>
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
