using Ilab.Native.Llama;
using Ilab.Native.OneDnn;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Runner.Inference;

/// <summary>The accelerator of a runner: started before the model is loaded and attached to its context, or the reason why it is not used.</summary>
internal sealed class ModelAccelerator : IDisposable
{
    private readonly Accelerator? _accelerator;
    private readonly AcceleratorSpec _spec;
    private AcceleratedModel? _model;
    private MappedWeights? _files;

    private ModelAccelerator(Accelerator? accelerator, AcceleratorSpec spec, string reason) => (_accelerator, _spec, Reason) = (accelerator, spec, reason);

    /// <summary>Why it is not used, or what it is used for; one line.</summary>
    public string Reason { get; private set; }

    /// <summary>For example <c>AVX-VNNI, oneDNN 2.6.3</c>; empty = not used.</summary>
    public string Name => _accelerator is { ReasonOff: null } running ? running.Name : "";

    /// <summary>Whether contexts are created for it.</summary>
    public bool IsOn => _accelerator is not null;

    /// <summary>Bytes of packed weights.</summary>
    public long Memory => _model?.PackedBytes ?? 0;

    /// <summary>Matrix multiplications it has done.</summary>
    public long Products => _accelerator?.ProductCount ?? 0;

    /// <param name="onGpu">Whether the model runs on a GPU.</param>
    public static ModelAccelerator Start(AcceleratorSpec spec, int threads, bool onGpu)
    {
        if (spec.Mode == AcceleratorSpec.Off || onGpu)
        {
            return new ModelAccelerator(null, spec, onGpu ? "the model is on a GPU" : "switched off");
        }

        var accelerator = Accelerator.TryStart(
            new AcceleratorOptions
            {
                Directory = spec.Directory,
                RecordDirectory = spec.Records,
                Strict = spec.Mode == AcceleratorSpec.Strict,
                Threads = threads,
            },
            out var reason
        );
        return new ModelAccelerator(accelerator, spec, reason);
    }

    /// <summary>Takes over the matrix multiplications of a model; the context must not be in use yet.</summary>
    public void Attach(LlamaContext context, IReadOnlyList<string> files, Action<float> progress)
    {
        if (_accelerator is null)
        {
            return;
        }

        _files = new MappedWeights(files);
        _model = _accelerator.Attach(context, _files, _spec.Budget, progress);
        if (_model.Packed == _model.Matrices)
        {
            _files.Dispose(); // nothing is read again
        }

        var from = _model.MinimumRows == long.MaxValue ? "never faster here" : $"faster from {_model.MinimumRows} tokens per step";
        var missing = _model.MissingBytes > 0 ? $" ({Math.Max(1, _model.MissingBytes / 1_000_000)} MB not packed for lack of memory)" : "";
        var without = Reason.Length > 0 ? $"; {Reason}" : ""; // why there is no oneDNN
        Reason = $"{_model.Packed} of {_model.Matrices} matrices packed, {_model.PackedBytes / 1_000_000} MB{missing}; {from}{without}";
    }

    public void Dispose()
    {
        _model?.Dispose();
        _files?.Dispose();
    }
}
