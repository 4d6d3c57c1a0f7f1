using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Native.OneDnn.Training;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Graph;

/// <summary>A base model with its trained parameters, on the backend that computes it.</summary>
internal sealed class TrainingModel : IDisposable
{
    private TrainingModel(GgmlBackend backend, Architecture shape, BaseWeights weights, ParameterSet parameters)
    {
        Backend = backend;
        Shape = shape;
        Weights = weights;
        Parameters = parameters;
    }

    public GgmlBackend Backend { get; }

    public Architecture Shape { get; }

    public BaseWeights Weights { get; }

    public ParameterSet Parameters { get; }

    /// <summary>Null = the weights themselves are trained.</summary>
    public Adapters? Adapters { get; private init; }

    /// <summary>Takes over matrix multiplications from ggml; null = ggml does them all. Set before graphs are built.</summary>
    public TrainingProducts? Products { get; set; }

    /// <returns>Whether the node is computed by something other than ggml.</returns>
    public bool Take(Tensor node, ProductPlans plans) => NarrowProduct.TryInstall(node) || Products?.TryInstall(node, IsFrozen, plans) == true;

    private bool IsFrozen(Tensor tensor) => !tensor.IsParameter && Weights.Contains(tensor);

    /// <summary>Trains adapters on a frozen base of any type.</summary>
    /// <param name="asFloat">Load the base as F32, whatever the type in the files.</param>
    /// <exception cref="RunnerException">The base cannot be trained, or has no modules with the requested names.</exception>
    public static TrainingModel WithAdapters(GgmlBackend backend, IReadOnlyList<string> files, LoraOptions options, bool asFloat = false)
    {
        var (headers, shape) = Read(files);
        var weights = new BaseWeights(backend, headers, asFloat);
        var parameters = new ParameterSet(shape.Layers * options.TargetModules.Count * 2);
        var adapters = new Adapters(parameters, weights, options);
        if (adapters.Missing is { Count: > 0 } missing)
        {
            weights.Dispose();
            parameters.Dispose();
            throw new RunnerException(
                RunnerErrors.InvalidArgument,
                $"the model has no linear layers named {string.Join(", ", missing)}; supported: {string.Join(", ", LoraOptions.AllModules)}"
            );
        }

        parameters.Allocate(backend);
        return new TrainingModel(backend, shape, weights, parameters) { Adapters = adapters };
    }

    /// <summary>Trains all weights, as F32.</summary>
    /// <param name="seed">Null = start from the existing weights; otherwise from random ones.</param>
    public static TrainingModel Whole(GgmlBackend backend, IReadOnlyList<string> files, ulong? seed = null)
    {
        var (headers, shape) = Read(files);
        var weights = new BaseWeights(backend, headers, asFloat: true);
        var trained = weights.All.Where(static tensor => tensor.Name != "rope_freqs.weight").ToArray();
        if (seed is { } number)
        {
            WeightInitializer.Fill(weights, shape.Layers, new RandomSource(number));
        }

        var parameters = new ParameterSet(trained.Length);
        foreach (var tensor in trained)
        {
            parameters.Add(tensor);
        }

        parameters.Allocate(backend);
        return new TrainingModel(backend, shape, weights, parameters);
    }

    public void Dispose()
    {
        Products?.Dispose();
        Parameters.Dispose();
        Weights.Dispose();
        Backend.Dispose();
    }

    /// <exception cref="RunnerException">UNSUPPORTED, INVALID_MODEL, CANNOT_LOAD.</exception>
    public static ((string Path, GgufFile Header)[] Headers, Architecture Shape) Read(IReadOnlyList<string> files)
    {
        try
        {
            var headers = files.Select(static file => (file, GgufFile.Read(file))).ToArray();
            var shape = Architecture.Read(headers[0].Item2);
            TrainableFamilies.RequireKnown(shape.Name, headers.SelectMany(static header => header.Item2.Tensors));
            return (headers, shape);
        }
        catch (GgufException exception)
        {
            throw new RunnerException(RunnerErrors.InvalidModel, $"{Path.GetFileName(files[0])}: {exception.Message}");
        }
        catch (IOException exception)
        {
            throw new RunnerException(RunnerErrors.CannotLoad, exception.Message);
        }
    }
}
