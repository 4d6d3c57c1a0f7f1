namespace Ilab.Testing.PowerLoss;

/// <summary>What a disk kept of changes that no fsync had covered.</summary>
public enum Survival
{
    /// <summary>All of them, the last write torn: everything reached the disk in order.</summary>
    All,

    /// <summary>None of them.</summary>
    Nothing,

    /// <summary>Any subset, in pages.</summary>
    Any,
}

/// <summary>Writes what a power loss leaves of a simulated disk into a folder.</summary>
public sealed class PowerCut(SimulatedDisk disk, Survival survival, Random random)
{
    private const int Page = 4096;

    private readonly HashSet<EntryChange> _kept = [];

    /// <param name="folder">An empty folder.</param>
    public void WriteTo(string folder)
    {
        Choose(disk.Root, []);
        Write(disk.Root, folder);
    }

    /// <summary>Decides for every entry of every folder that ever was how far its changes got: one name's changes reach the disk in order.</summary>
    private void Choose(SimulatedNode folder, HashSet<SimulatedNode> seen)
    {
        if (!folder.IsFolder || !seen.Add(folder))
        {
            return;
        }

        foreach (var changes in folder.EntryChanges.GroupBy(static change => change.Name))
        {
            var all = changes.ToArray();
            var count = survival switch
            {
                Survival.All => all.Length,
                Survival.Nothing => 0,
                _ => random.Next(all.Length + 1),
            };
            _kept.UnionWith(all.Take(count));
        }

        foreach (var next in folder.Entries.Values.Concat(folder.EntryChanges.Select(static change => change.Target).OfType<SimulatedNode>()).ToArray())
        {
            Choose(next, seen);
        }
    }

    private bool IsKept(EntryChange change) => change.IsDurable || (_kept.Contains(change) && (change.After is null || IsKept(change.After)));

    private void Write(SimulatedNode folder, string path)
    {
        var entries = new Dictionary<string, SimulatedNode>(folder.Entries);
        foreach (var change in folder.EntryChanges.Where(IsKept))
        {
            SimulatedNode.Apply(entries, change);
        }

        foreach (var (name, node) in entries.Where(static entry => !entry.Key.EndsWith("-shm", StringComparison.Ordinal))) // memory, not a file, to SQLite
        {
            var at = Path.Combine(path, name);
            if (node.IsFolder)
            {
                Directory.CreateDirectory(at);
                Write(node, at);
            }
            else
            {
                File.WriteAllBytes(at, BytesOf(node));
            }
        }
    }

    private byte[] BytesOf(SimulatedNode file)
    {
        if (survival == Survival.Nothing || file.DataChanges.Count == 0)
        {
            return [.. file.Bytes];
        }

        if (survival == Survival.All)
        {
            var bytes = file.DataChanges.SkipLast(1).Aggregate(file.Bytes, SimulatedNode.Apply);
            var last = file.DataChanges[^1];
            var isTorn = last.Index == disk.Played && last.Bytes is { Length: > 1 };
            return SimulatedNode.Apply(bytes, isTorn ? last with { Bytes = last.Bytes![..random.Next(1, last.Bytes!.Length)] } : last);
        }

        var chance = random.Next(1, 10) / 10.0;
        var kept = file.DataChanges.SelectMany(Pages).Where(_ => random.NextDouble() < chance).Aggregate(file.Bytes, SimulatedNode.Apply);
        var length = (int)file.DataChanges.Max(static change => change.Offset + (change.Bytes?.Length ?? 0));
        if (random.Next(4) == 0 && kept.Length < length)
        {
            Array.Resize(ref kept, length); // the length is on disk, the bytes are not
        }

        return [.. kept];
    }

    private static IEnumerable<DataChange> Pages(DataChange change)
    {
        if (change.Bytes is not { } bytes)
        {
            return [change];
        }

        var pages = new List<DataChange>();
        for (var at = 0; at < bytes.Length; )
        {
            var end = Math.Min(bytes.Length, at + Page - (int)((change.Offset + at) % Page));
            pages.Add(change with { Offset = change.Offset + at, Bytes = bytes[at..end] });
            at = end;
        }

        return pages;
    }
}
