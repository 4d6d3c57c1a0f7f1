namespace Ilab.Native.Llama.Threads;

/// <summary>
/// Reads the limits on this process's CPUs: online CPUs, affinity mask, and the cpusets and quotas of its control groups and their ancestors (v1 and v2). They
/// may change while the process runs.
/// </summary>
/// <param name="root">Directory that contains /proc and /sys; differs in tests.</param>
/// <param name="affinity">The process's affinity mask, null = unknown; queried from the kernel by default.</param>
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

        // Quotas are rounded down: a thread throttled in the middle of a node keeps the others waiting until the next period.
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
