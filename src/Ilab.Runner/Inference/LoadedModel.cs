using Ilab.Native.Llama;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference.Speculation;

namespace Ilab.Runner.Inference;

/// <summary>The weights and context of a loaded model.</summary>
internal sealed class LoadedModel(LlamaModel model, LlamaContext context, ModelAccelerator accelerator, int contextLength, int sequences, ModelInfo info)
    : IDisposable
{
    /// <summary>What <see cref="Context"/> was made with.</summary>
    public required ContextOptions Options { get; init; }

    /// <summary>Guesses its next tokens; null = none. Belongs to the decode loop.</summary>
    public DraftModel? Draft { get; init; }

    public LlamaModel Model { get; } = model;

    public LlamaContext Context { get; } = context;

    public ModelAccelerator Accelerator { get; } = accelerator;

    /// <summary>Tokens per sequence.</summary>
    public int ContextLength { get; } = contextLength;

    /// <summary>Sequences of the context.</summary>
    public int Sequences { get; } = sequences;

    public ModelInfo Info { get; } = info;

    public void Dispose()
    {
        Draft?.Dispose();
        Context.Dispose();
        Accelerator.Dispose();
        Model.Dispose();
    }
}
