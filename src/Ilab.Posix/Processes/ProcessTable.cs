using System.Globalization;
using System.Runtime.InteropServices;

namespace Ilab.Posix.Processes;

/// <summary>Facts about processes from <c>/proc</c>.</summary>
public static partial class ProcessTable
{
    /// <summary>When the process started, in clock ticks after boot; 0 when there is no such process.</summary>
    public static long StartTime(int pid)
    {
        // The second field is the program's name in parentheses and may hold spaces: count from its end.
        var stat = ReadText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && long.TryParse(fields[19], CultureInfo.InvariantCulture, out var ticks) ? ticks : 0;
    }

    /// <summary>Bytes resident; 0 when there is no such process.</summary>
    public static long Resident(int pid)
    {
        var fields = ReadText($"/proc/{pid}/statm").Split(' ');
        return fields.Length > 1 && long.TryParse(fields[1], CultureInfo.InvariantCulture, out var pages) ? pages * Environment.SystemPageSize : 0;
    }

    /// <summary>Sends a signal; false when the process is not there.</summary>
    public static bool Kill(int pid, int signal) => pid > 0 && Send(pid, signal) == 0;

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Send(int pid, int signal);
}
