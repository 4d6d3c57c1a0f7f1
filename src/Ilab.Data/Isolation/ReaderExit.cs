namespace Ilab.Data.Isolation;

/// <summary>Exit codes of a reader process.</summary>
internal static class ReaderExit
{
    /// <summary>The file is invalid; standard error says why, in one line.</summary>
    public const int Unreadable = 3;

    public const int TooLong = 4;

    public const int TimedOut = 5;

    public const int NoMemory = 6;
}

/// <summary>The output exceeds its limit.</summary>
internal sealed class TooMuchOutputException : Exception;
