using System.Globalization;
using System.Runtime.InteropServices;

namespace Ilab.Posix.Processes;

/// <summary>Information about processes from <c>/proc</c>.</summary>
public static partial class ProcessTable
{
    /// <summary>Start time of a process in clock ticks after boot; 0 if it does not exist.</summary>
    public static long StartTime(int pid)
    {
        // The second field is the program's name in parentheses and may contain spaces: count from its end.
        var stat = ReadText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 && long.TryParse(fields[19], CultureInfo.InvariantCulture, out var ticks) ? ticks : 0;
    }

    /// <summary>Resident memory in bytes; 0 if the process does not exist.</summary>
    public static long Resident(int pid)
    {
        var fields = ReadText($"/proc/{pid}/statm").Split(' ');
        return fields.Length > 1 && long.TryParse(fields[1], CultureInfo.InvariantCulture, out var pages) ? pages * Environment.SystemPageSize : 0;
    }

    /// <summary>Sends a signal; false if the process does not exist.</summary>
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
