using Ilab.Configuration.Runs;
using Ilab.Engine.Access;
using Ilab.Engine.Planning;
using Ilab.Engine.Store.Catalog;

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

    /// <summary>Its dimensions; null = not looked up: those that are usual for its size count.</summary>
    public ModelSummary? Header { get; init; }

    /// <summary>Whether it is in the store.</summary>
    public bool IsHere { get; init; } = true;

    /// <summary>Whether nothing is known of it but what its name says.</summary>
    public bool IsGuess { get; init; }

    /// <summary>Whether layers have experts, which are trained on the CPU only.</summary>
    public bool HasExperts { get; init; }

    /// <summary>Whether all its weights can be trained, whatever they are stored in.</summary>
    public bool TrainsWhole { get; init; } = true;

    /// <summary>Why it cannot be trained; null = it can, as far as is known.</summary>
    public string? TrainingProblem { get; init; }

    /// <summary>Whether weights are stored in fewer than 16 bits.</summary>
    public bool IsQuantized => Quantization.Length > 0 && Quantization is not ("F32" or "F16" or "BF16");

    /// <summary>What plans compute with.</summary>
    internal ModelSummary Summary =>
        Header ?? GuessedModel.OfParameters(Parameters, Parameters > 0 && Size > 0 ? 8.0 * Size / Parameters : GuessedModel.UsualBits);

    /// <summary>A model that is not here; null = its name says no number of parameters, either.</summary>
    public static ModelFacts? Guess(string name) => GuessedModel.OfName(name) is { } usual ? Elsewhere(name, usual) with { IsGuess = true } : null;

    /// <summary>A model outside the store.</summary>
    public static ModelFacts Elsewhere(string name, ModelSummary header) =>
        new(name, header.Architecture, header.Quantization)
        {
            Parameters = header.Parameters,
            Size = header.Size,
            ContextLength = header.ContextLength,
            Header = header,
            IsHere = false,
        };
}

/// <param name="Samples">Records.</param>
/// <param name="Size">Bytes.</param>
public sealed record DatasetFacts(string Name, long Samples, long Size);

/// <param name="Device">As the service names it.</param>
/// <param name="Free">Bytes that a new job could have.</param>
public sealed record DeviceFacts(string Device, long Free, bool IsGpu)
{
    /// <summary>Those of another machine: what each GPU, and what each host has for a run.</summary>
    public static IReadOnlyList<DeviceFacts> Of(Resources other) =>
        [
            .. other.Gpus > 0 ? [new DeviceFacts("each GPU", PlanMachine.Usable(other.GpuMemory), true)] : Array.Empty<DeviceFacts>(),
            .. other.Memory > 0 ? [new DeviceFacts("each host", PlanMachine.Usable(other.Memory), false)] : Array.Empty<DeviceFacts>(),
        ];
}

/// <summary>Where records are: a dataset of the store, or a file.</summary>
/// <param name="Dataset">Name of a dataset; empty = a file.</param>
/// <param name="Open">Opens the file; null = a dataset, or a file that this service cannot read.</param>
public sealed record RecordSource(string Dataset, Func<Stream>? Open = null);

/// <summary>What the wizard knows of the service that it runs in.</summary>
public interface IWizardFacts
{
    /// <summary>Models that can be trained and run, those used last first.</summary>
    Task<IReadOnlyList<ModelFacts>> ModelsAsync(Caller caller, CancellationToken cancellationToken);

    /// <summary>A model in full; null = there is none of that name.</summary>
    Task<ModelFacts?> ModelAsync(Caller caller, string name, CancellationToken cancellationToken);

    /// <summary>Datasets, the newest first.</summary>
    Task<IReadOnlyList<DatasetFacts>> DatasetsAsync(Caller caller, CancellationToken cancellationToken);

    /// <summary>How long records are for a model. A part of large files is read.</summary>
    /// <param name="model">Its vocabulary counts; null or unknown = characters do.</param>
    /// <returns>Null = not known: there are no records, or they cannot be read here.</returns>
    Task<LengthFacts?> LengthsAsync(Caller caller, string? model, RecordSource data, CancellationToken cancellationToken);

    /// <summary>Whether trainings on the CPU keep copies of the weights in the order of an accelerator.</summary>
    Task<bool> IsAcceleratedAsync(CancellationToken cancellationToken);

    /// <summary>Threads that a job may have at most.</summary>
    int Threads { get; }

    /// <summary>Devices that jobs of this service can use.</summary>
    IReadOnlyList<DeviceFacts> Devices();
}
