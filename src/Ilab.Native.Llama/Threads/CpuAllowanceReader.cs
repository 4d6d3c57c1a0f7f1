namespace Ilab.Native.Llama.Threads;

/// <summary>
/// Reads what bounds the CPUs of this process: CPUs online, affinity mask, and the cpusets and quotas of its control groups and their ancestors (v1 and v2).
/// All of it can change
/// while the process runs.
/// </summary>
/// <param name="root">Where /proc and /sys lie; another folder in tests.</param>
/// <param name="affinity">The process's affinity mask, null = unknown; by default the kernel is asked.</param>
public sealed class CpuAllowanceReader(string root = "/", Func<CpuSet?>? affinity = null)
{
    private readonly ControlGroups _groups = new(root);
    private readonly Func<CpuSet?> _affinity = affinity ?? SchedulerApi.Affinity;

    public CpuAllowance Read()
    {
        var cpus = CpuSet.Parse(ControlGroups.ReadLine(Path.Combine(root, "sys/devices/system/cpu/online")) ?? "") ?? CpuSet.First(Environment.ProcessorCount);
        var reason = "";
        Narrow(_groups.CpuSet(), "cpuset");
        Narrow(_affinity(), "affinity");

        // A part of a CPU is no thread: one that is throttled in the middle of a node keeps the others waiting for it until the next period.
        return _groups.Quota() is { } quota && (int)Math.Max(1, Math.Floor(quota)) is var whole && whole < cpus.Count
            ? new CpuAllowance(whole, "quota", cpus)
            : new CpuAllowance(cpus.Count, reason, cpus);

        void Narrow(CpuSet? allowed, string name)
        {
            if (allowed is null || cpus.Intersect(allowed) is not { Count: > 0 } left || left.Count == cpus.Count)
            {
                return;
            }

            (cpus, reason) = (left, name);
        }
    }
}
