using Ilab.Engine.Planning;
using Ilab.Engine.Workloads.Training;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Wizard.Facts;

/// <summary>Memory of trainings that could be chosen, as a plan computes it from the header of the model.</summary>
internal sealed class AutoMemory(TrainingCase known)
{
    private const int Shortest = 64;

    private int Lanes => known.Threads > 0 ? known.Threads : Environment.ProcessorCount;

    public int Rank => known.Given.Rank ?? TrainingGiven.UsualRank;

    /// <param name="type"><c>lora</c>, <c>qlora</c> or <c>full</c>.</param>
    /// <param name="device">Null = the CPU.</param>
    /// <param name="sequences">Per batch.</param>
    /// <param name="length">Tokens per sequence.</param>
    public TrainingNeed Of(ModelFacts model, string type, DeviceFacts? device, int sequences, int length, bool checkpointing) =>
        TrainingFormula.Of(
            model.Summary,
            new TrainingSpec
            {
                Type = type,
                Rank = Rank,
                BatchSize = sequences,
                MaxLength = length,
                GradientCheckpointing = checkpointing,
                Precision = known.Given.Precision,
                Device = device is { IsGpu: true } ? device.Device : TrainingSpec.Cpu,
            },
            known.IsAccelerated && device is not { IsGpu: true } ? Lanes : 0
        );

    public static long Bytes(TrainingNeed need, DeviceFacts? device) => TrainingPlanner.OfDevice(need, device is { IsGpu: true });

    /// <summary>What a type takes whatever its batches are: weights, gradients, optimizer, and what a runner takes anyway.</summary>
    public long Least(ModelFacts model, string type, DeviceFacts? device)
    {
        var need = Of(model, type, device, 1, Shortest, checkpointing: true);
        return Bytes(need with { Activations = 0, Scratch = 0 }, device);
    }
}
