using System.Text;

namespace Ilab.Cli.Terminal;

/// <summary>
/// Keeps the newest <see cref="Capacity"/> entries between sessions, one per line with escaped line ends, readable by the owner only. Failures to read or write
/// it are ignored: the chat works without a history.
/// </summary>
public sealed class HistoryFile(string path)
{
    public const int Capacity = 1000;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>`$XDG_STATE_HOME/ilab/history`, `~/.local/state/ilab/history`, or null without both.</summary>
    public static HistoryFile? Default() => StateDirectory.Path is { } directory ? new HistoryFile(Path.Combine(directory, "history")) : null;

    public IReadOnlyList<string> Load()
    {
        try
        {
            string[] lines = File.ReadAllLines(path, Encoding.UTF8);
            if (lines.Length > 2 * Capacity)
                Rewrite(lines[^Capacity..]);
            return [.. lines.TakeLast(Capacity).Where(l => l.Length > 0).Select(Unescape)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public void Append(string entry)
    {
        try
        {
            StateDirectory.Create(Path.GetDirectoryName(path)!);
            using FileStream file = Open(path, FileMode.Append);
            // One write per entry, so that concurrent sessions do not interleave their lines.
            file.Write(Encoding.UTF8.GetBytes(Escape(entry) + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // See the summary.
        }
    }

    private void Rewrite(string[] lines)
    {
        string temporary = path + "." + Environment.ProcessId + ".tmp";
        using (FileStream file = Open(temporary, FileMode.Create))
            file.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        File.Move(temporary, path, overwrite: true);
    }

    private static FileStream Open(string path, FileMode mode) =>
        new(
            path,
            new FileStreamOptions
            {
                Mode = mode,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite,
                UnixCreateMode = OwnerOnly,
                BufferSize = 0,
            }
        );

    private static string Escape(string entry) => entry.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Unescape(string line)
    {
        if (!line.Contains('\\', StringComparison.Ordinal))
            return line;
        var text = new StringBuilder(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length)
                text.Append(line[++i] == 'n' ? '\n' : line[i]);
            else
                text.Append(line[i]);
        }

        return text.ToString();
    }
}
