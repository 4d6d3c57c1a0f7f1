using Ilab.Native.Llama;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>Weights and context, as loaded.</summary>
internal sealed class LoadedModel(LlamaModel model, LlamaContext context, ModelAccelerator accelerator, int contextLength, ModelInfo info) : IDisposable
{
    public LlamaModel Model { get; } = model;

    public LlamaContext Context { get; } = context;

    public ModelAccelerator Accelerator { get; } = accelerator;

    /// <summary>Tokens of one sequence.</summary>
    public int ContextLength { get; } = contextLength;

    public ModelInfo Info { get; } = info;

    public void Dispose()
    {
        Context.Dispose();
        Accelerator.Dispose();
        Model.Dispose();
    }
}
