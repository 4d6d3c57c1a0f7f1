using Ilab.Native.Llama;
using Ilab.Native.OneDnn;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Runner.Inference;

/// <summary>The accelerator of one runner: started before the model is loaded, attached when its context is there, or the reason why there is none.</summary>
internal sealed class ModelAccelerator : IDisposable
{
    private readonly Accelerator? _accelerator;
    private readonly AcceleratorSpec _spec;
    private AcceleratedModel? _model;
    private MappedWeights? _files;

    private ModelAccelerator(Accelerator? accelerator, AcceleratorSpec spec, string reason) => (_accelerator, _spec, Reason) = (accelerator, spec, reason);

    /// <summary>Why there is none, or what it does; one line.</summary>
    public string Reason { get; private set; }

    /// <summary>For example <c>oneDNN 2.6.3</c>; empty = there is none.</summary>
    public string Name => _accelerator is { ReasonOff: null } running ? $"oneDNN {running.Library.Version}" : "";

    /// <summary>Whether contexts are made for it.</summary>
    public bool IsOn => _accelerator is not null;

    /// <summary>Bytes of packed weights.</summary>
    public long Memory => _model?.PackedBytes ?? 0;

    /// <summary>Matrix products that it made.</summary>
    public long Products => _accelerator?.ProductCount ?? 0;

    /// <param name="onGpu">Whether the model is computed elsewhere.</param>
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

    /// <summary>Takes over the products of a model; the context is used by nobody else yet.</summary>
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
        var missing = _model.MissingBytes > 0 ? $" ({Math.Max(1, _model.MissingBytes >> 20)} MiB not packed for lack of memory)" : "";
        Reason = $"{_model.Packed} of {_model.Matrices} matrices packed, {_model.PackedBytes >> 20} MiB{missing}; {from}";
    }

    public void Dispose()
    {
        _model?.Dispose();
        _files?.Dispose();
    }
}
