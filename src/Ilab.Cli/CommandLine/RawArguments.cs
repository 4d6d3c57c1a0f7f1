using System.Text;

namespace Ilab.Cli.CommandLine;

/// <summary>
/// Arguments as the kernel has them. File names are bytes, the runtime decodes arguments as UTF-8 and replaces what is none: a file with such a name cannot be
/// opened any more, and one that is to be written would get another name.
/// </summary>
internal static class RawArguments
{
    private const char Replacement = '\uFFFD';

    /// <param name="args">As the runtime decoded them.</param>
    /// <returns>What is wrong with the first one that lost bytes, without <c>Error: </c>; null = nothing.</returns>
    public static string? Problem(IEnumerable<string> args) =>
        args.Any(static argument => argument.Contains(Replacement)) ? ProblemIn(File.ReadAllBytes("/proc/self/cmdline")) : null;

    /// <param name="commandLine">Arguments, each ended by a zero byte.</param>
    public static string? ProblemIn(ReadOnlySpan<byte> commandLine)
    {
        foreach (var range in commandLine.Split((byte)0))
        {
            var argument = commandLine[range];
            if (!System.Text.Unicode.Utf8.IsValid(argument))
            {
                var shown = string.Concat(Encoding.UTF8.GetString(argument).Select(static c => char.IsControl(c) ? '?' : c));
                return $"the argument \"{shown}\" has bytes that are not UTF-8; rename the file, or write the text in UTF-8";
            }
        }

        return null;
    }
}
