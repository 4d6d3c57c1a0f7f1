using Ilab.Cli.Hosting;
using Ilab.Cli.Terminal;

namespace Ilab.Cli.CommandLine;

/// <summary>Shows each hint once, and only on a terminal. What was shown is kept in <c>hints</c> in the user's state directory.</summary>
internal static class HintMemory
{
    public static async Task ShowOnceAsync(Session session, string hint)
    {
        if (session.ErrorIsTerminal && Remember(hint))
        {
            await session.SayAsync($"Hint: {hint}");
        }
    }

    /// <returns>False when the hint was shown before. Without a place to remember it, it is shown again.</returns>
    private static bool Remember(string hint)
    {
        if (StateDirectory.Path is not { } directory)
        {
            return true;
        }

        var file = Path.Combine(directory, "hints");
        try
        {
            if (File.Exists(file) && File.ReadLines(file).Contains(hint))
            {
                return false;
            }

            StateDirectory.Create(directory);
            File.AppendAllText(file, hint + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A hint that is shown twice does no harm.
        }

        return true;
    }
}
