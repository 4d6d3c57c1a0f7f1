using System.Globalization;

namespace Ilab.Native.Llama.Threads;

/// <summary>Measures how many CPUs were busy between two readings of <c>/proc/stat</c>.</summary>
/// <param name="root">Directory that contains /proc.</param>
/// <param name="yieldsNice">Ignore processes of lower priority (nice above 0), which yield.</param>
internal sealed class CpuUsage(string root = "/", bool yieldsNice = false)
{
    private const int Nice = 1,
        Idle = 3,
        WaitingForDisk = 4,
        Kinds = 8;
    private readonly string _path = Path.Combine(root, "proc/stat");
    private readonly string _loadPath = Path.Combine(root, "proc/loadavg");
    private Dictionary<int, (long Busy, long All)> _last = [];

    /// <param name="cpus">The CPUs to consider.</param>
    /// <returns>The mean number of busy CPUs since the last call, whoever used them; null if there was no earlier call, or it was too recent.</returns>
    public double? Read(CpuSet cpus)
    {
        var now = Parse();
        var (busy, known) = (0.0, 0);
        foreach (var cpu in cpus.Numbers)
        {
            if (now.TryGetValue(cpu, out var end) && _last.TryGetValue(cpu, out var start) && end.All > start.All)
            {
                busy += Math.Clamp((double)(end.Busy - start.Busy) / (end.All - start.All), 0, 1);
                known++;
            }
        }

        _last = now;
        return known == cpus.Count && known > 0 ? busy : null;
    }

    /// <returns>How many threads of the machine run or wait for a CPU at this moment, the caller among them; null = not known.</returns>
    public int? ReadRunnable()
    {
        try
        {
            var fields = File.ReadAllText(_loadPath).Split(' ');
            return fields.Length > 3 && int.TryParse(fields[3].Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var running)
                ? running
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private Dictionary<int, (long Busy, long All)> Parse()
    {
        var found = new Dictionary<int, (long Busy, long All)>();
        try
        {
            foreach (var line in File.ReadLines(_path))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (!words[0].StartsWith("cpu", StringComparison.Ordinal))
                {
                    break; // the CPUs come first
                }

                if (int.TryParse(words[0].AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var cpu))
                {
                    var ticks = words.Skip(1).Take(Kinds).Select(static word => long.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray();
                    var all = ticks.Sum();
                    found[cpu] = (all - ticks[Idle] - ticks[WaitingForDisk] - (yieldsNice ? ticks[Nice] : 0), all);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            found.Clear();
        }

        return found;
    }
}
