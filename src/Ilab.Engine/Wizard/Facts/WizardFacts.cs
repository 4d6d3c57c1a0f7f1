using Ilab.Engine.Access;

namespace Ilab.Engine.Wizard.Facts;

/// <summary>What a stored model says of itself.</summary>
public sealed record ModelFacts(string Name, string Architecture, string Quantization)
{
    /// <summary>0 = unknown.</summary>
    public ulong Parameters { get; init; }

    /// <summary>Bytes of its weights.</summary>
    public long Size { get; init; }

    /// <summary>Tokens that it was trained for; 0 = unknown.</summary>
    public int ContextLength { get; init; }

    /// <summary>0 = not looked up.</summary>
    public int Layers { get; init; }

    /// <summary>Width of the residual stream; 0 = not looked up.</summary>
    public int Embedding { get; init; }

    /// <summary>Whether weights are stored in fewer than 16 bits.</summary>
    public bool IsQuantized => Quantization.Length > 0 && Quantization is not ("F32" or "F16" or "BF16");
}

/// <param name="Samples">Records.</param>
/// <param name="Size">Bytes.</param>
public sealed record DatasetFacts(string Name, long Samples, long Size);

/// <param name="Device">As the service names it.</param>
/// <param name="Free">Bytes that a new job could have.</param>
public sealed record DeviceFacts(string Device, long Free, bool IsGpu);

/// <summary>What the wizard knows of the service that it runs in.</summary>
public interface IWizardFacts
{
    /// <summary>Models that can be trained and run, those used last first.</summary>
    Task<IReadOnlyList<ModelFacts>> ModelsAsync(Caller caller, CancellationToken cancellationToken);

    /// <summary>A model in full; null = there is none of that name.</summary>
    Task<ModelFacts?> ModelAsync(Caller caller, string name, CancellationToken cancellationToken);

    /// <summary>Datasets, the newest first.</summary>
    Task<IReadOnlyList<DatasetFacts>> DatasetsAsync(Caller caller, CancellationToken cancellationToken);

    /// <summary>Devices that jobs of this service can use.</summary>
    IReadOnlyList<DeviceFacts> Devices();
}
