using System.Text;

namespace Ilab.Yaml;

/// <summary>The marks that git leaves in a file whose changes could not be merged.</summary>
public static class MergeConflict
{
    public const string Message = "a merge conflict that was not resolved";
    public const string Fix = "keep one of the two sides, or parts of both, and delete the lines with <<<<<<<, ======= and >>>>>>>";

    /// <returns>Number of the line where the first conflict begins, counted from 1; null if there is none.</returns>
    public static int? LineIn(ReadOnlyMemory<byte> content)
    {
        int? begin = null;
        var (isDivided, number) = (false, 0);
        foreach (var line in Encoding.UTF8.GetString(content.Span).Split('\n'))
        {
            number++;
            if (line.StartsWith("<<<<<<< ", StringComparison.Ordinal))
            {
                (begin, isDivided) = (number, false);
            }
            else if (line.TrimEnd('\r') == "=======")
            {
                isDivided = begin is not null;
            }
            else if (isDivided && line.StartsWith(">>>>>>> ", StringComparison.Ordinal))
            {
                return begin;
            }
        }

        return null;
    }
}
