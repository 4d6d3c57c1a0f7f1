using System.Globalization;
using Ilab.Configuration.Runs.Problems;

namespace Ilab.Configuration.Runs;

/// <summary>
/// The machines that a run is planned for, such as <c>gpus=4,gpu-memory=80GiB,hosts=2</c>: what <c>--resources</c> and the field <c>ilab.resources</c> say.
/// </summary>
public sealed record Resources
{
    private const int MostDevices = 1_000_000;

    private static readonly (string Suffix, double Bytes)[] Units =
    [
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("TiB", 1L << 40),
        ("KB", 1e3),
        ("MB", 1e6),
        ("GB", 1e9),
        ("TB", 1e12),
        ("K", 1L << 10),
        ("M", 1L << 20),
        ("G", 1L << 30),
        ("T", 1L << 40),
        ("B", 1),
        ("", 1),
    ];

    private static readonly string[] Keys = ["gpus", "gpu-memory", "hosts", "memory", "disk"];

    /// <summary>GPUs of each host; 0 = none.</summary>
    public int Gpus { get; init; }

    /// <summary>Bytes of each GPU; 0 = there are none.</summary>
    public long GpuMemory { get; init; }

    public int Hosts { get; init; } = 1;

    /// <summary>Bytes of memory of each host; 0 = not said.</summary>
    public long Memory { get; init; }

    /// <summary>Bytes of free disk space of each host; 0 = not said.</summary>
    public long Disk { get; init; }

    /// <param name="text">Pairs <c>KEY=VALUE</c> with commas between them; sizes such as <c>80GiB</c>, <c>80GB</c> or <c>80G</c> (binary).</param>
    /// <exception cref="FormatException">What is wrong with it, and what would be right.</exception>
    public static Resources Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split('=', 2, StringSplitOptions.TrimEntries) is not [var name, { Length: > 0 } value])
            {
                throw new FormatException($"\"{pair}\" is not KEY=VALUE: write for example gpus=4,gpu-memory=80GiB");
            }

            var key = name.Replace('_', '-');
            if (!Keys.Contains(key))
            {
                var near = Spelling.Nearest(key, Keys) is { } meant ? $"did you mean {meant}?" : $"there are {string.Join(", ", Keys)}";
                throw new FormatException($"there is no resource {name}; {near}");
            }

            if (!values.TryAdd(key, value))
            {
                throw new FormatException($"{key} is given twice");
            }
        }

        if (values.Count == 0)
        {
            throw new FormatException("no resources are named: write for example gpus=4,gpu-memory=80GiB,hosts=2 or memory=64GiB");
        }

        var memory = Size(values, "gpu-memory");
        var gpus = Count(values, "gpus", memory > 0 ? 1 : 0, 0);
        return (gpus, memory) switch
        {
            (> 0, 0) => throw new FormatException("gpus are of no use to a plan without their size: add gpu-memory, such as gpu-memory=80GiB"),
            (0, > 0) => throw new FormatException("gpu-memory is given, but gpus=0"),
            _ => new Resources
            {
                Gpus = gpus,
                GpuMemory = memory,
                Hosts = Count(values, "hosts", 1, 1),
                Memory = Size(values, "memory"),
                Disk = Size(values, "disk"),
            },
        };
    }

    /// <returns>As <see cref="Parse"/> reads it, without what is not said.</returns>
    public override string ToString()
    {
        string?[] parts =
        [
            Gpus > 0 ? string.Create(CultureInfo.InvariantCulture, $"gpus={Gpus}") : null,
            GpuMemory > 0 ? $"gpu-memory={Text(GpuMemory)}" : null,
            Hosts > 1 ? string.Create(CultureInfo.InvariantCulture, $"hosts={Hosts}") : null,
            Memory > 0 ? $"memory={Text(Memory)}" : null,
            Disk > 0 ? $"disk={Text(Disk)}" : null,
        ];
        return string.Join(',', parts.Where(static part => part is not null));
    }

    private static int Count(Dictionary<string, string> values, string key, int usual, int least) =>
        !values.TryGetValue(key, out var text) ? usual
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= MostDevices ? number
        : throw new FormatException($"{key}={text} is not an integer of {least} or more");

    private static long Size(Dictionary<string, string> values, string key)
    {
        if (!values.TryGetValue(key, out var text))
        {
            return 0;
        }

        var (suffix, unit) = Units.First(unit => text.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase));
        var isNumber = double.TryParse(text[..^suffix.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount);
        return isNumber && amount > 0 && amount * unit is >= 1 and < long.MaxValue / 2
            ? (long)(amount * unit)
            : throw new FormatException($"{key}={text} is not a size such as 80GiB, 80GB or 512M");
    }

    /// <summary>In the largest unit that loses nothing.</summary>
    private static string Text(long bytes)
    {
        var (suffix, unit) = Units
            .Where(unit => unit.Suffix.Length >= 2 && bytes % unit.Bytes == 0)
            .OrderByDescending(static unit => unit.Bytes)
            .FirstOrDefault(("", 1));
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / unit}{suffix}");
    }
}
