using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Ilab.Data.Synthesis;
using Ilab.Data.Synthesis.Output;
using Ilab.Engine.Errors;

namespace Ilab.Data.Mixing;

/// <summary>One part of a mix: selects its lines and transforms them.</summary>
internal sealed class MixSource : IDisposable
{
    private readonly MixPart _part;
    private readonly MixContent _content;
    private readonly ulong _seed;
    private readonly LineIndex _lines;
    private readonly RaftContext? _context;

    /// <param name="content">Disposed together with this.</param>
    public MixSource(MixPart part, MixContent content, ulong seed)
    {
        (_part, _content, _seed) = (part, content, seed);
        try
        {
            _lines = new LineIndex(content.Path);
            _context = part.Golden is { } golden ? Context(golden) : null;
        }
        catch
        {
            _lines?.Dispose();
            content.Dispose();
            throw;
        }
    }

    public string Name => _content.Name;

    public string Digest => _content.Digest;

    public bool IsPrecomputed => _part.IsPrecomputed;

    /// <summary>The requested number of records, before any minimum share.</summary>
    public double Wanted =>
        _part.Ratio > 0 ? Math.Round(_lines.Count * _part.Ratio, MidpointRounding.AwayFromZero)
        : _part.Count > 0 ? _part.Count
        : _lines.Count;

    /// <summary>Bytes of a record, on average.</summary>
    public double RecordSize => _lines.Count == 0 ? 0 : (double)new FileInfo(_content.Path).Length / _lines.Count;

    /// <summary>The number of records that <see cref="Pick"/> returns.</summary>
    /// <param name="precomputed">Number of records requested from precomputed parts.</param>
    public double Needed(double precomputed) => _lines.Count == 0 ? 0 : Math.Max(Wanted, Math.Ceiling(_part.MinimumShare * precomputed));

    /// <param name="precomputed">Number of records requested from precomputed parts.</param>
    /// <returns>Zero-based line numbers.</returns>
    /// <exception cref="EngineException">INVALID_ARGUMENT: more than there are, without replacement.</exception>
    public int[] Pick(double precomputed)
    {
        var wanted = (long)Needed(precomputed);
        if (_part.WithoutReplacement && wanted > _lines.Count)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"cannot sample {wanted} records from {Name} without replacement: it has {_lines.Count}",
                "sample fewer records, or allow replacement"
            );
        }

        var isAll = wanted == _lines.Count && _part.Count == 0 && _part.Ratio is 0 or 1;
        var random = new StableRandom(_seed);
        if (isAll || _part.WithoutReplacement)
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

    public string Read(int line)
    {
        var text = Encoding.UTF8.GetString(_lines.Read(line));
        return _context is null ? text : _context.Add(text);
    }

    public void Dispose()
    {
        _lines.Dispose();
        _content.Dispose();
    }

    /// <summary>Locates each document by a line that contains it; the document itself is read on demand.</summary>
    private RaftContext Context(double golden)
    {
        var known = new HashSet<UInt128>();
        var lines = new List<int>();
        for (var line = 0; line < _lines.Count; line++)
        {
            if (Document(line) is { } document && known.Add(BitConverter.ToUInt128(SHA256.HashData(Encoding.UTF8.GetBytes(document)))))
            {
                lines.Add(line);
            }
        }

        return new RaftContext(lines.Count, index => Document(lines[index])!, golden, _part.Documents, _seed);
    }

    private string? Document(int line) => RaftContext.DocumentOf(JsonNode.Parse(_lines.Read(line))!);
}
