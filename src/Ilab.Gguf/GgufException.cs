namespace Ilab.Gguf;

/// <summary>The bytes are not a GGUF that can be used. The message is one line and says where.</summary>
public sealed class GgufException : Exception
{
    public GgufException(string message, long offset = -1)
        : base(Printable(offset < 0 ? message : $"{message} (at byte {offset})"))
    {
        Offset = offset;
    }

    /// <summary>Where in the file, or -1.</summary>
    public long Offset { get; }

    /// <summary>Names in a file may hold anything; what is shown of them is one line of plain length.</summary>
    private static string Printable(string text)
    {
        const int Longest = 300;
        var shown = text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest / 2), "...", text.AsSpan(text.Length - (Longest / 2)));
        return string.Create(
            shown.Length,
            shown,
            static (span, source) =>
            {
                for (var index = 0; index < span.Length; index++)
                {
                    span[index] = char.IsControl(source[index]) ? '?' : source[index];
                }
            }
        );
    }
}
