namespace Ilab.Configuration.Runs.Reading;

/// <summary>How the lines of a file end.</summary>
/// <param name="HasWindows">Whether some end in two characters, as on Windows.</param>
/// <param name="OddLine">From 1: the first one of the rarer kind; 0 = all end alike.</param>
/// <param name="LoneReturn">From 1: the first one that ends in a carriage return alone; 0 = none.</param>
internal readonly record struct LineEnds(bool HasWindows, int OddLine, int LoneReturn)
{
    public static LineEnds Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf((byte)'\r') < 0)
        {
            return default;
        }

        var (line, windows, others, firstWindows, firstOther, lone) = (1, 0, 0, 0, 0, 0);
        for (var index = 0; index < bytes.Length; index++)
        {
            if (bytes[index] is not ((byte)'\r' or (byte)'\n'))
            {
                continue;
            }

            if (bytes[index] == '\n')
            {
                others++;
                firstOther = firstOther == 0 ? line : firstOther;
            }
            else if (index + 1 < bytes.Length && bytes[index + 1] == '\n')
            {
                windows++;
                firstWindows = firstWindows == 0 ? line : firstWindows;
                index++;
            }
            else
            {
                lone = lone == 0 ? line : lone;
            }

            line++;
        }

        return new LineEnds(
            windows > 0,
            windows == 0 || others == 0 ? 0
                : windows <= others ? firstWindows
                : firstOther,
            lone
        );
    }
}
