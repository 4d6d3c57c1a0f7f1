using System.Numerics;

namespace Ilab.Native.Llama.Threads;

/// <summary>Observations about all kinds of graphs that were computed.</summary>
internal sealed class GraphRecords
{
    /// <summary>Maximum number of kinds: models have as many as they have shapes of steps.</summary>
    private const int MostKinds = 256;

    private readonly Dictionary<ulong, GraphRecord> _records = [];

    public GraphRecord Of(in GraphOutline outline)
    {
        var kind = outline.Kind ^ ((ulong)BitOperations.Log2((ulong)outline.Rows) << 56);
        if (!_records.TryGetValue(kind, out var record))
        {
            if (_records.Count >= MostKinds)
            {
                _records.Clear();
            }

            _records[kind] = record = new GraphRecord();
        }

        return record;
    }
}
