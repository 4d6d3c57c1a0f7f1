using System.Globalization;
using Ilab.Gguf;
using Ilab.Gguf.Decoders;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training.Planning;

/// <summary>Estimated cost of a run.</summary>
/// <param name="Memory">Peak memory of this process in bytes.</param>
/// <param name="Seconds">Seconds for all steps.</param>
internal sealed record TrainingPlan(long Memory, double Seconds)
{
    private const int BytesOfAFloat = 4,
        OptimizerFloats = 3;

    /// <summary>For example <c>about 1.2 GB of memory and 3 minutes</c>.</summary>
    public override string ToString() => $"about {Bytes(Memory)} of memory and {Time(Seconds)}";

    /// <summary>Bytes of weights, gradients and optimizer moments, computed from the headers alone.</summary>
    public static long State(IReadOnlyList<GgufFile> headers, Decoder decoder, TrainingSpec spec)
    {
        var tensors = headers.SelectMany(static header => header.Tensors).ToArray();
        if (spec.IsWhole)
        {
            return tensors.Sum(static tensor => (long)tensor.Elements) * BytesOfAFloat * (1 + OptimizerFloats);
        }

        var targets = ModuleNames.Resolve(decoder, spec.TargetModules);
        var parts = targets.PartsOf(decoder).ToLookup(static part => part.Rows.Name + ".weight", static part => part.Rows.Rows);
        var trained = tensors
            .Where(tensor => tensor.Shape.Count == 2 && tensor.Name.Split('.') is ["blk", _, var module, "weight"] && targets.Modules.Contains(module))
            .Sum(tensor => (long)(tensor.Shape[0] + tensor.Shape[1]) * spec.Rank);
        trained += tensors.Sum(tensor => parts[tensor.Name].Sum(rows => ((long)tensor.Shape[0] + rows) * spec.Rank));
        return tensors.Sum(static tensor => (long)tensor.Bytes) + (trained * BytesOfAFloat * (1 + OptimizerFloats));
    }

    /// <exception cref="RunnerException">DOES_NOT_FIT, with suggestions to reduce the memory.</exception>
    public static void Require(long needed, long available, TrainingSpec spec)
    {
        if (needed <= available)
        {
            return;
        }

        string?[] ways =
        [
            spec.GradientCheckpointing ? null : "--gradient-checkpointing",
            spec.BatchSize > 1 ? "a smaller --batch-size (with --gradient-accumulation)" : null,
            "a smaller --max-seq-len",
            spec.IsWhole ? "--training-type lora"
            : spec.Type == "lora" ? "a quantized base"
            : null,
        ];
        throw new RunnerException(
            RunnerErrors.DoesNotFit,
            $"the training needs {Bytes(needed)} more memory, but {Bytes(available)} are free; to reduce it, use {string.Join(", ", ways.Where(static way => way is not null))}"
        );
    }

    public static string Bytes(long bytes) =>
        bytes switch
        {
            >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB"),
        };

    public static string Time(double seconds) =>
        seconds switch
        {
            < 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} seconds"),
            < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.#} minutes"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} hours"),
        };
}
