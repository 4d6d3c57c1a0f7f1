using System.Diagnostics;

namespace Ilab.Native.Llama.Threads;

/// <summary>Measures the CPU time available to this process. Called before each step, it reads system state at most ten times a second.</summary>
/// <param name="maximum">Maximum number of threads by configuration; 0 = no such setting.</param>
/// <param name="shared">CPU time of other ilab processes, which are not foreign load because they take turns; null = there are none.</param>
internal sealed class MachineSupply(CpuAllowanceReader reader, CpuUsage use, SharedCpuTime? shared, int maximum)
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    /// <summary>After a rest: a few ticks of the kernel's clock, which say whether those who were busy still are.</summary>
    private static readonly TimeSpan FirstWindow = TimeSpan.FromMilliseconds(30);

    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(1500);
    private static readonly TimeSpan AllowanceLasts = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private CpuAllowance? _allowance;
    private TimeSpan _allowanceRead;
    private TimeSpan? _used;
    private TimeSpan _usedRead;
    private double? _free;
    private TimeSpan _window = Window;

    /// <summary>What keeps the limit below the machine's CPUs; empty = nothing.</summary>
    public string LimitReason { get; private set; } = "";

    public static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    public ThreadSupply Read(TimeSpan now)
    {
        lock (_gate)
        {
            if (_allowance is null || now - _allowanceRead >= AllowanceLasts)
            {
                (_allowance, _allowanceRead) = (reader.Read(), now);
                LimitReason = maximum > 0 && maximum < _allowance.Threads ? "setting" : _allowance.Reason;
            }

            if (_used is null || now - _usedRead >= _window)
            {
                Measure(now, _allowance.Cpus);
                _window = Window;
            }

            var limit = maximum > 0 ? Math.Min(maximum, _allowance.Threads) : _allowance.Threads;
            double? free = now - _usedRead < Fresh ? _free : null;
            return new ThreadSupply(limit, free, _allowance.Cpus.Count - free);
        }
    }

    /// <summary>After a rest, the last measurement may be of the moment in which a client started and the service read its request: CPUs that nobody wants
    /// right now are free, too. It is measured again soon.</summary>
    public ThreadSupply ReadAfterRest(TimeSpan now)
    {
        var supply = Read(now);
        lock (_gate)
        {
            if (_window == Window && now - _usedRead > TimeSpan.Zero)
            {
                var free = _free;
                Measure(now, _allowance!.Cpus);
                _free = free;
            }

            _window = FirstWindow;
        }

        return supply.FreeCpus is { } known && use.ReadRunnable() is { } runnable
            ? supply with
            {
                FreeCpus = Math.Max(known, supply.Limit - Math.Max(0, runnable - 1)),
            }
            : supply;
    }

    private void Measure(TimeSpan now, CpuSet cpus)
    {
        var own = Environment.CpuUsage.TotalTime;
        var others = shared?.Exchange(own) ?? TimeSpan.Zero;
        var used = own + others;
        var busy = use.Read(cpus);
        if (_used is { } before && busy is { } all && now > _usedRead)
        {
            _free = Math.Clamp(cpus.Count - all + ((used - before) / (now - _usedRead)), 0, cpus.Count);
        }

        (_used, _usedRead) = (used, now);
    }
}
