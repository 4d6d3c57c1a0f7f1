using System.Globalization;
using Ilab.Engine.Errors;
using Ilab.Runner.Contract.Training;

namespace Ilab.Daemon.Services.Runs;

/// <summary>Options of a verb by name, as a command line or <see cref="RunArguments"/> has them.</summary>
internal sealed class RunOptions(string? model, IEnumerable<(string Name, string Value)> options)
{
    private readonly ILookup<string, string> _values = options.ToLookup(static option => option.Name, static option => option.Value, StringComparer.Ordinal);

    /// <summary>The argument that names the model; null = none.</summary>
    public string? Model { get; } = string.IsNullOrEmpty(model) ? null : model;

    /// <summary>The last value of an option; null = it is not given.</summary>
    public string? Text(string name) => _values[name].LastOrDefault();

    public IReadOnlyList<string> All(string name) => [.. _values[name]];

    /// <exception cref="EngineException">INVALID_ARGUMENT: it is no number.</exception>
    public int? Whole(string name) =>
        Text(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw Wrong(name, text, "an integer");

    /// <exception cref="EngineException">INVALID_ARGUMENT: it is no number.</exception>
    public double? Real(string name) =>
        Text(name) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
        : throw Wrong(name, text, "a number");

    public bool Flag(string name) => Text(name) is { } text && !text.Equals("false", StringComparison.OrdinalIgnoreCase);

    /// <summary>The options of `model train` that a plan depends on; others have their defaults.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT, with everything that is wrong.</exception>
    public TrainingSpec Training()
    {
        var usual = new TrainingSpec();
        var spec = usual with
        {
            Type = Text("--training-type") ?? usual.Type,
            Rank = Whole("--rank") ?? usual.Rank,
            Dropout = (float)(Real("--dropout") ?? usual.Dropout),
            TargetModules = All("--target-module"),
            Epochs = Real("--epochs") ?? usual.Epochs,
            Steps = Whole("--steps") ?? usual.Steps,
            BatchSize = Whole("--batch-size") ?? usual.BatchSize,
            Accumulation = Whole("--gradient-accumulation") ?? usual.Accumulation,
            MaxLength = Whole("--max-seq-len") ?? usual.MaxLength,
            EvaluationSplit = Real("--eval-split") ?? usual.EvaluationSplit,
            Precision = Text("--precision") ?? usual.Precision,
            Device = Text("--device") ?? usual.Device,
            IsDeviceGiven = Text("--device") is not null,
            GradientCheckpointing = Flag("--gradient-checkpointing"),
            Merge = Flag("--convert"),
        };
        return string.Join("; ", spec.Problems()) is { Length: > 0 } problems ? throw new EngineException(ErrorKind.InvalidArgument, problems) : spec;
    }

    private static EngineException Wrong(string name, string text, string wanted) => new(ErrorKind.InvalidArgument, $"{name}: \"{text}\" is not {wanted}");
}
