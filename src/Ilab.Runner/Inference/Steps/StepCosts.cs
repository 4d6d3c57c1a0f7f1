namespace Ilab.Runner.Inference.Steps;

/// <summary>
/// What steps cost by their number of rows (tokens), as measured on the steps themselves: the median of the last few, in seconds.
/// </summary>
/// <param name="exact">Up to this size each number of rows has a figure of its own; above, the nearest size in <see cref="Sizes"/>.</param>
/// <param name="skipped">The first steps of a size do not count: graphs and kernels are made for them.</param>
/// <param name="needed">Steps that make a figure.</param>
internal sealed class StepCosts(int exact, int skipped, int needed)
{
    private const int Kept = 5;

    private readonly Dictionary<int, Measured> _measured = [];
    private long _clock;

    /// <summary>Sizes to choose from.</summary>
    public static IReadOnlyList<int> Sizes { get; } = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048];

    public void Note(int rows, double seconds)
    {
        var size = Nearest(rows);
        if (!_measured.TryGetValue(size, out var measured))
        {
            _measured[size] = measured = new Measured(skipped);
        }

        measured.Add(seconds / rows, ++_clock);
    }

    /// <summary>Seconds of a step with so many rows; null = not measured often enough.</summary>
    public double? Of(int rows) => _measured.TryGetValue(Nearest(rows), out var measured) && measured.Count >= needed ? measured.Median * rows : null;

    /// <summary>Seconds per row of the sizes that are known.</summary>
    public Dictionary<int, double> Export() =>
        _measured.Where(entry => entry.Value.Count >= needed).ToDictionary(static entry => entry.Key, static entry => entry.Value.Median);

    /// <summary>Takes figures for measured ones, until steps say otherwise.</summary>
    /// <param name="known">Seconds per row by size.</param>
    public void Import(IReadOnlyDictionary<int, double> known)
    {
        foreach (var (rows, seconds) in known)
        {
            var size = Nearest(rows);
            if (!_measured.ContainsKey(size))
            {
                _measured[size] = Measured.As(seconds, needed);
            }
        }
    }

    /// <summary>When that size was last measured; smaller = earlier.</summary>
    public long Age(int rows) => _measured.TryGetValue(Nearest(rows), out var measured) ? measured.Last : 0;

    private int Nearest(int rows) => rows <= exact ? rows : Sizes.MinBy(size => Math.Abs(Math.Log((double)size / rows)));

    private sealed class Measured(int skipped)
    {
        private readonly double[] _values = new double[Kept];
        private int _seen = -skipped;

        public long Last { get; private set; }

        public int Count => Math.Clamp(_seen, 0, Kept);

        public double Median
        {
            get
            {
                Span<double> sorted = stackalloc double[Kept];
                sorted = sorted[..Count];
                _values.AsSpan(0, Count).CopyTo(sorted);
                sorted.Sort();
                return sorted[Count / 2];
            }
        }

        public static Measured As(double value, int times)
        {
            var measured = new Measured(skipped: 0);
            for (var time = 0; time < times; time++)
            {
                measured.Add(value, now: 0);
            }

            return measured;
        }

        public void Add(double value, long now)
        {
            if (_seen >= 0)
            {
                _values[_seen % Kept] = value;
            }

            _seen = _seen == int.MaxValue ? Kept : _seen + 1;
            Last = now;
        }
    }
}
