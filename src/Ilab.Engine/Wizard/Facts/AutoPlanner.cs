using System.Globalization;

namespace Ilab.Engine.Wizard.Facts;

/// <summary>
/// Chooses what a training leaves open: by what the model allows, how long the records are, and what fits into free memory. What costs nothing goes first:
/// smaller batches, then checkpointing, then adapters, then shorter sequences.
/// </summary>
internal sealed class AutoPlanner
{
    private const double Usable = 0.75; // of free memory: others may want some of it before the training begins
    private const int FewestTokens = 256;
    private const ulong Small = 500_000_000;

    private readonly TrainingCase _known;
    private readonly TrainingGiven _given;
    private readonly LengthChoice _length;
    private readonly AutoMemory _memory;
    private readonly IReadOnlyList<DeviceFacts> _devices;

    private AutoPlanner(TrainingCase known)
    {
        (_known, _given, _length, _memory) = (known, known.Given, LengthChoice.Of(known), new AutoMemory(known));
        var asked = known.Devices.Where(device => _given.Device is null || Same(device.Device, _given.Device)).ToList();
        _devices =
        [
            .. (asked.Count > 0 ? asked : known.Devices)
                .Where(device => !device.IsGpu || known.Model is not { HasExperts: true })
                .OrderByDescending(static device => device.IsGpu)
                .ThenByDescending(static device => device.Free),
        ];
    }

    public static AutoTraining Choose(TrainingCase known) => new AutoPlanner(known).Choose();

    /// <summary>Types that a model can be trained with, the most that can be learned first.</summary>
    public static IReadOnlyList<string> TypesOf(ModelFacts model) =>
        (model.IsQuantized, model.TrainsWhole && !model.HasExperts) switch
        {
            (true, _) => ["qlora"],
            (false, true) when model.Parameters < Small => ["full", "lora"],
            _ => ["lora"],
        };

    private AutoTraining Choose()
    {
        if (_known.Model is not { Parameters: > 0 } model)
        {
            return Of(new Place(_given.Type ?? "lora", null, Sequences(_length.Tokens, 2), _length.Tokens, _given.Checkpointing ?? true, 0, null));
        }

        string[] types = _given.Type is { } type ? [type] : [.. TypesOf(model)];
        foreach (var shards in Shards())
        {
            var places =
                from length in Lengths()
                from device in _devices
                from candidate in types
                select Fit(model, candidate, device, length, device.IsGpu ? shards : 1);
            if (places.FirstOrDefault(static place => place is not null) is { } first)
            {
                return Of(first);
            }
        }

        var last = _devices.MaxBy(static device => device.Free);
        var shortest = Lengths()[^1];
        return Of(Placed(model, types[^1], last, _given.BatchSize ?? 1, shortest, _given.Checkpointing ?? true, last is null ? null : false));
    }

    private Place? Fit(ModelFacts model, string type, DeviceFacts device, int length, int shards)
    {
        bool[] ways = _given.Checkpointing is { } given ? [given] : [false, true];
        foreach (var checkpointing in ways)
        {
            for (var batch = _given.BatchSize ?? Sequences(length, int.MaxValue, device); batch >= 1; batch = _given.BatchSize is null ? batch / 2 : 0)
            {
                var place = Placed(model, type, device, batch, length, checkpointing, true);
                if (place.Bytes <= device.Free * Usable * shards)
                {
                    return place;
                }
            }
        }

        return null;
    }

    private Place Placed(ModelFacts model, string type, DeviceFacts? device, int batch, int length, bool checkpointing, bool? fits) =>
        new(type, device, batch, length, checkpointing, AutoMemory.Bytes(_memory.Of(model, type, device, batch, length, checkpointing), device), fits);

    /// <summary>What is asked for, and half of it as long as that is worth training on.</summary>
    private IReadOnlyList<int> Lengths()
    {
        var lengths = new List<int> { _length.Tokens };
        while (_given.MaxLength is null && lengths[^1] / 2 >= FewestTokens)
        {
            lengths.Add(lengths[^1] / 2);
        }

        return lengths;
    }

    /// <summary>Numbers of devices that a training is divided among: one, and all of those that it is planned for.</summary>
    private int[] Shards() => _known.Gpus * _known.Hosts is > 1 and var all ? [1, all] : [1];

    /// <summary>Sequences that a step computes at once, if memory does not matter.</summary>
    private int Sequences(int length, int most, DeviceFacts? device = null)
    {
        var atOnce = Math.Max(1, (device is { IsGpu: true } ? AutoText.TokensOnAGpu : AutoText.TokensOnACpu) / length);
        return _given.BatchSize ?? Math.Min(most, Math.Min(atOnce, _length.SequencesPerStep(length)));
    }

    private AutoTraining Of(Place place)
    {
        var text = new AutoText(_known, place, _length, _memory, Usable);
        var accumulation = _given.Accumulation ?? Math.Max(1, (_length.SequencesPerStep(place.Length) + place.Batch - 1) / place.Batch);
        return new AutoTraining
        {
            Type = new(place.Type, text.Type()),
            Device = place.Device is { } device ? new(device.Device, text.Device()) : null,
            MaxLength = new(Text(place.Length), text.Length()),
            IsLengthOpen = _known.Model is not { IsHere: false } && _given.MaxLength is null && _length.IsWhole && place.Length == _length.Tokens,
            BatchSize = new(Text(place.Batch), text.Batch()),
            Accumulation = new(Text(accumulation), text.Accumulation(accumulation)),
            Checkpointing = new(place.Checkpointing ? "true" : "false", text.Checkpointing()),
            LearningRate = text.LearningRate(),
            Threads = text.Threads(),
            Distributed = text.Distributed(),
            Bytes = place.Bytes,
            Fits = place.Fits,
        };
    }

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A way to do it.</summary>
    /// <param name="Device">Null = unknown.</param>
    /// <param name="Bytes">0 = unknown.</param>
    /// <param name="Fits">Null = unknown.</param>
    internal sealed record Place(string Type, DeviceFacts? Device, int Batch, int Length, bool Checkpointing, long Bytes, bool? Fits);
}
