namespace Ilab.Native.Llama.Threads;

/// <summary>The number of compute threads, and what limits it.</summary>
/// <param name="Threads">Threads of the last step; 0 = no step yet.</param>
/// <param name="Limit">Maximum allowed by the settings and the machine.</param>
/// <param name="Reason">What limits the threads: <c>busy</c> (other processes compute), <c>fastest</c> (more would not be faster), or the bound of the limit
/// (<c>affinity</c>, <c>cpuset</c>, <c>quota</c>, <c>setting</c>); empty = all CPUs are used.</param>
public readonly record struct ThreadsInUse(int Threads, int Limit, string Reason)
{
    internal const string Busy = "busy";

    /// <summary>Whether other processes compute.</summary>
    public bool IsBusy => Reason == Busy;
}

/// <summary>The compute threads of this process: after <see cref="Govern"/>, their number adapts to the available CPU time, step by step.</summary>
public static class ComputeThreads
{
    private static readonly Lock Gate = new();
    private static ThreadsInUse _current = new(0, 0, "");

    /// <summary>The current threads and what limits them; no threads before <see cref="Govern"/>.</summary>
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

    /// <summary>For tests: the number of compute threads, given the maximum, or <see cref="Crew"/>; called before and after each node. Null =
    /// measured.</summary>
    internal static Func<int, int>? Script { get; set; }

    /// <summary>In a script: steps of single tokens are computed by a crew, and all others by one thread.</summary>
    internal const int Crew = 0;

    internal static int? Scripted(int most) => Script?.Invoke(most) is { } number ? Math.Max(1, number) : null;

    /// <summary>To be called once, before any computation; otherwise each backend uses as many threads as configured.</summary>
    /// <param name="maximum">Maximum number of threads; 0 = no limit.</param>
    /// <param name="folder">Directory shared by processes on the same CPUs (<see cref="ComputeTurns"/>); null = no other processes.</param>
    /// <param name="root">Directory that contains /proc and /sys.</param>
    /// <returns>The current limit.</returns>
    /// <exception cref="IOException">The directory's files cannot be created.</exception>
    public static int Govern(int maximum, string? folder = null, string root = "/")
    {
        var reader = new CpuAllowanceReader(root);
        if (folder is not null)
        {
            ComputeTurns.Join(folder);
        }

        var shared = folder is null ? null : new SharedCpuTime(Path.Combine(folder, "cpu-time"));
        Supply = new MachineSupply(reader, new CpuUsage(root, yieldsNice: SchedulerApi.IsOrdinary), shared, maximum);
        var limit = Supply.Read(MachineSupply.Now).Limit;
        Note(new ThreadsInUse(0, limit, Supply.LimitReason));
        return limit;
    }

    /// <summary>
    /// Observes the machine while nothing is computed: if called about once a second, the next step starts with the number of threads appropriate for the last
    /// second.
    /// </summary>
    public static void Refresh() => Supply?.Read(MachineSupply.Now);

    /// <summary>For tests: sets the supply of threads, null = a fixed number; and a script (<see cref="Script"/>).</summary>
    internal static void Use(MachineSupply? supply, Func<int, int>? script = null) => (Supply, Script) = (supply, script);

    internal static void Note(in ThreadsInUse now)
    {
        lock (Gate)
        {
            _current = now;
        }
    }
}
