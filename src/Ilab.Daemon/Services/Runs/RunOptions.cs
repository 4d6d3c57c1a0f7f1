using System.Globalization;
using Ilab.Api.V1;
using Ilab.Engine.Errors;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

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

    /// <summary>The options of `model train` that a plan depends on; what is not given is left open.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: one of them is no number.</exception>
    public TrainingOptions Training()
    {
        var options = new TrainingOptions { Auto = Flag("--auto"), Merge = Flag("--convert") };
        options.TargetModules.AddRange(All("--target-module"));
        Take(Text("--training-type"), type => options.Type = type);
        Take(Count("--rank"), rank => options.Rank = rank);
        Take(Real("--dropout"), dropout => options.Dropout = (float)dropout);
        Take(Real("--epochs"), epochs => options.Epochs = epochs);
        Take(Count("--steps"), steps => options.Steps = steps);
        Take(Count("--batch-size"), size => options.BatchSize = size);
        Take(Count("--gradient-accumulation"), count => options.Accumulation = count);
        Take(Real("--learning-rate"), rate => options.LearningRate = (float)rate);
        Take(Count("--max-seq-len"), length => options.MaxLength = length);
        Take(Real("--eval-split"), split => options.EvaluationSplit = split);
        Take(Text("--precision"), precision => options.Precision = precision);
        Take(Text("--device"), device => options.Device = device);
        Take(Text("--gradient-checkpointing"), _ => options.GradientCheckpointing = Flag("--gradient-checkpointing"));
        return options;
    }

    private uint? Count(string name) =>
        Whole(name) is not { } number ? null
        : number >= 0 ? (uint)number
        : throw Wrong(name, Text(name)!, "a whole number, 0 or more");

    private static void Take<T>(T? value, Action<T> give)
        where T : struct
    {
        if (value is { } given)
        {
            give(given);
        }
    }

    private static void Take(string? value, Action<string> give)
    {
        if (value is not null)
        {
            give(value);
        }
    }

    private static EngineException Wrong(string name, string text, string wanted) => new(ErrorKind.InvalidArgument, $"{name}: \"{text}\" is not {wanted}");
}
