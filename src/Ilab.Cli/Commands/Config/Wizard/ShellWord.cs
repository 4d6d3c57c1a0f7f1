namespace Ilab.Cli.Commands.Config.Wizard;

/// <summary>Words of a command line that can be pasted into a shell.</summary>
internal static class ShellWord
{
    public static string Of(string word) =>
        word.Length > 0 && word.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '=' or '+' or '@')
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
