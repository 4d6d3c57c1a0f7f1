namespace Ilab.Testing.PowerLoss;

/// <summary>A change of a file's bytes that no fsync has covered yet.</summary>
/// <param name="Index">Number of the call.</param>
/// <param name="Offset">Of the bytes; the new length when <paramref name="Bytes"/> is null.</param>
internal sealed record DataChange(int Index, long Offset, byte[]? Bytes);

/// <summary>A change of a folder's entry that no fsync of the folder has covered yet.</summary>
/// <param name="Target">Null: the entry goes.</param>
/// <param name="After">The entry that has to be there first: a rename never loses the file.</param>
internal sealed record EntryChange(int Index, string Name, SimulatedNode? Target, EntryChange? After)
{
    public bool IsDurable { get; set; }
}

/// <summary>A file or folder of the simulated disk: what is on disk for certain, and what may be.</summary>
internal sealed class SimulatedNode(bool isFolder)
{
    private readonly Dictionary<long, int> _syncs = [];

    public bool IsFolder { get; } = isFolder;

    /// <summary>Entries that lead to it in the running system.</summary>
    public int Links { get; set; }

    /// <summary>Entries as the running system sees them.</summary>
    public Dictionary<string, SimulatedNode> Live { get; } = [];

    public Dictionary<string, SimulatedNode> Entries { get; } = [];

    public List<EntryChange> EntryChanges { get; } = [];

    public byte[] Bytes { get; private set; } = [];

    public List<DataChange> DataChanges { get; } = [];

    public void BeginSync(long thread, int index) => _syncs[thread] = index;

    /// <summary>What was changed before the fsync began is on disk now.</summary>
    public void EndSync(long thread)
    {
        var index = _syncs[thread];
        foreach (var change in EntryChanges.Where(change => change.Index < index && change.After is not { IsDurable: false }).ToArray())
        {
            Apply(Entries, change);
            change.IsDurable = true;
            EntryChanges.Remove(change);
        }

        var covered = DataChanges.Where(change => change.Index < index).ToArray();
        Bytes = covered.Aggregate(Bytes, Apply);
        DataChanges.RemoveRange(0, covered.Length);
    }

    public static void Apply(Dictionary<string, SimulatedNode> entries, EntryChange change)
    {
        if (change.Target is { } target)
        {
            entries[change.Name] = target;
        }
        else
        {
            entries.Remove(change.Name);
        }
    }

    public static byte[] Apply(byte[] bytes, DataChange change)
    {
        if (change.Bytes is null)
        {
            Array.Resize(ref bytes, (int)change.Offset);
            return bytes;
        }

        var end = (int)change.Offset + change.Bytes.Length;
        var result = new byte[Math.Max(bytes.Length, end)];
        bytes.CopyTo(result, 0);
        change.Bytes.CopyTo(result, (int)change.Offset);
        return result;
    }
}
