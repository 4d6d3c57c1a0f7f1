namespace Ilab.Native.Llama.Threads;

/// <summary>How many threads compute, of how many that could.</summary>
/// <param name="Threads">Of the last step; 0 = nothing was computed yet.</param>
/// <param name="Limit">Threads that the settings and the machine allow.</param>
/// <param name="Reason">Why there are not more: <c>busy</c> (other processes compute), <c>fastest</c> (more would not be faster), or what bounds the limit
/// (<c>affinity</c>, <c>cpuset</c>,
/// <c>quota</c>, <c>setting</c>); empty = all CPUs are used.</param>
public readonly record struct ThreadsInUse(int Threads, int Limit, string Reason);

/// <summary>The threads of this process: from <see cref="Govern"/> on their number follows what the machine has to give, step by step.</summary>
public static class ComputeThreads
{
    private static readonly Lock Gate = new();
    private static ThreadsInUse _current;

    /// <summary>How many compute and why; of no threads before <see cref="Govern"/>.</summary>
    public static ThreadsInUse Current
    {
        get
        {
            lock (Gate)
            {
                return _current;
            }
        }
    }

    internal static MachineSupply? Supply { get; private set; }

    /// <summary>For tests: how many threads compute, given the most; asked before and after each node. Null = it is measured.</summary>
    internal static Func<int, int>? Script { get; set; }

    /// <summary>Called once, before anything is computed; without it each backend uses as many threads as it is told.</summary>
    /// <param name="maximum">Threads at most; 0 = as many as the machine gives.</param>
    /// <param name="folder">Where processes that compute on the same CPUs meet (<see cref="ComputeTurns"/>); null = there are none.</param>
    /// <param name="root">Where /proc and /sys lie.</param>
    /// <returns>The limit at this moment.</returns>
    /// <exception cref="IOException">The folder's files cannot be made.</exception>
    public static int Govern(int maximum, string? folder = null, string root = "/")
    {
        var reader = new CpuAllowanceReader(root);
        if (folder is not null)
        {
            ComputeTurns.Join(folder);
        }

        var shared = folder is null ? null : new SharedCpuTime(Path.Combine(folder, "cpu-time"));
        Supply = new MachineSupply(reader, new CpuUse(root, yieldsNice: SchedulerApi.IsOrdinary), shared, maximum);
        var limit = Supply.Read(MachineSupply.Now).Limit;
        Note(new ThreadsInUse(0, limit, Supply.LimitReason));
        return limit;
    }

    /// <summary>Looks at the machine while nothing is computed: called every second or so, it lets the next step begin with as many threads as the last
    /// second would have had.</summary>
    public static void Refresh() => Supply?.Read(MachineSupply.Now);

    /// <summary>For tests: threads as a supply says, null = fixed numbers of them; and a script (<see cref="Script"/>).</summary>
    internal static void Use(MachineSupply? supply, Func<int, int>? script = null) => (Supply, Script) = (supply, script);

    internal static void Note(in ThreadsInUse now)
    {
        lock (Gate)
        {
            _current = now;
        }
    }
}
