namespace Ilab.Gguf;

/// <summary>The bytes are not a GGUF that can be used. The message is one line and says where.</summary>
public sealed class GgufException : Exception
{
    private const int Longest = 300;

    public GgufException(string message, long offset = -1)
        : base(OneLine.Of(offset < 0 ? message : $"{message} (at byte {offset})", Longest))
    {
        Offset = offset;
    }

    /// <summary>Where in the file, or -1.</summary>
    public long Offset { get; }
}
