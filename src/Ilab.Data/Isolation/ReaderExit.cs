namespace Ilab.Data.Isolation;

/// <summary>Exit codes of a reading process, and what they mean for the file.</summary>
internal static class ReaderExit
{
    /// <summary>The file is the problem; standard error says why, in one line.</summary>
    public const int Unreadable = 3;

    public const int TooLong = 4;

    public const int TimedOut = 5;

    public const int NoMemory = 6;
}

/// <summary>The file holds more than it may.</summary>
internal sealed class TooMuchOutputException : Exception;
