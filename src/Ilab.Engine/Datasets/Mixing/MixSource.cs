using System.Text;
using System.Text.Json.Nodes;
using Ilab.Engine.Errors;
using Ilab.Engine.Generation;
using Ilab.Engine.Generation.Output;

namespace Ilab.Engine.Datasets.Mixing;

/// <summary>One part of a mix: which of its lines are taken, and how they are changed.</summary>
internal sealed class MixSource : IDisposable
{
    private readonly ResolvedDataset _dataset;
    private readonly LineIndex _lines;
    private readonly RaftContext? _context;

    public MixSource(MixPart part, ResolvedDataset dataset, ulong seed)
    {
        _dataset = dataset;
        try
        {
            _lines = new LineIndex(dataset.PathOf(part.File));
            Picked = Pick(part, seed);
            _context = part.Golden is { } golden ? new RaftContext(Documents(), golden, part.Documents, seed) : null;
        }
        catch
        {
            _lines?.Dispose();
            dataset.Dispose();
            throw;
        }
    }

    public string Name => _dataset.Record.Name;

    public string Digest => _dataset.Record.Digest.ToString();

    /// <summary>Numbers of lines, from 0.</summary>
    public int[] Picked { get; }

    public string Read(int line)
    {
        var text = Encoding.UTF8.GetString(_lines.Read(line));
        return _context is null ? text : _context.Add(text);
    }

    public void Dispose()
    {
        _lines.Dispose();
        _dataset.Dispose();
    }

    private int[] Pick(MixPart part, ulong seed)
    {
        var wanted = part.Ratio > 0 ? (long)Math.Round(_lines.Count * part.Ratio, MidpointRounding.AwayFromZero) : part.Count > 0 ? part.Count : _lines.Count;
        if (wanted is < 0 or > int.MaxValue || (part.WithoutReplacement && wanted > _lines.Count))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{Name} has {_lines.Count} records, and {wanted} of them are wanted without taking any twice", "take fewer, or allow to take them more than once");
        }

        var isAll = wanted == _lines.Count && part.Count == 0 && part.Ratio is 0 or 1;
        var random = new StableRandom(seed);
        if (isAll || part.WithoutReplacement)
        {
            var all = Enumerable.Range(0, _lines.Count).ToArray();
            if (!isAll)
            {
                random.Shuffle(all);
            }

            return all[..(int)wanted];
        }

        return _lines.Count == 0 ? [] : [.. Enumerable.Range(0, (int)wanted).Select(_ => random.Below(_lines.Count))];
    }

    private List<string> Documents() =>
        [.. Enumerable.Range(0, _lines.Count).Select(line => RaftContext.DocumentOf(JsonNode.Parse(_lines.Read(line))!)).OfType<string>().Distinct(StringComparer.Ordinal)];
}
