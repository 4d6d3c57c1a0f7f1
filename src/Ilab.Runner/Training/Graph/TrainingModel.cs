using Ilab.Gguf;
using Ilab.Gguf.Decoders;
using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Native.OneDnn.Training;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training.Graph;

/// <summary>A base model with its trained parameters, on the backend that computes it.</summary>
internal sealed class TrainingModel : IDisposable
{
    private readonly Dictionary<string, ExpertBlock> _blocks = new(StringComparer.Ordinal);

    private TrainingModel(GgmlBackend backend, Decoder decoder, BaseWeights weights, ParameterSet parameters)
    {
        Backend = backend;
        Decoder = decoder;
        Weights = weights;
        Parameters = parameters;
    }

    public GgmlBackend Backend { get; }

    /// <summary>What it computes.</summary>
    public Decoder Decoder { get; }

    public BaseWeights Weights { get; }

    public ParameterSet Parameters { get; }

    /// <summary>Null = the weights themselves are trained.</summary>
    public Adapters? Adapters { get; private init; }

    /// <summary>Takes over matrix multiplications from ggml; null = ggml does them all. Set before graphs are built.</summary>
    public TrainingProducts? Products { get; set; }

    /// <summary>The experts of a layer, as nodes of graphs need them.</summary>
    public ExpertBlock BlockOf(Experts experts)
    {
        if (!_blocks.TryGetValue(experts.Router, out var block))
        {
            block = new ExpertBlock(
                (Weights[experts.Router], Weights[experts.Gate], Weights[experts.Up], Weights[experts.Down]),
                experts.Bias is { } bias ? Weights[bias] : default,
                experts.Used,
                experts.Normalizes,
                experts.Scale,
                new ExpertExtras(Added(experts.Biases.Router), Added(experts.Biases.Gate), Added(experts.Biases.Up), Added(experts.Biases.Down))
                {
                    IsBound = experts.IsBound,
                    IsSigmoid = experts.IsSigmoid,
                    WeighsInputs = experts.WeighsInputs,
                    Groups = new ExpertGroups(experts.Groups.Count, experts.Groups.Used, experts.Groups.Best),
                }
            );
            _blocks[experts.Router] = block;
        }

        return block;
    }

    /// <returns>Whether the node is computed by something other than ggml.</returns>
    public bool Take(Tensor node, ProductPlans plans) => NarrowProduct.TryInstall(node) || Products?.TryInstall(node, IsFrozen, plans) == true;

    private Tensor Added(string? name) => name is null ? default : Weights[name];

    private bool IsFrozen(Tensor tensor) => Weights.Find(tensor) is { IsParameter: false };

    /// <summary>Trains adapters on a frozen base of any type.</summary>
    /// <param name="asFloat">Load the base as F32, whatever the type in the files.</param>
    /// <exception cref="RunnerException">The base cannot be trained, or has no modules with the requested names.</exception>
    public static TrainingModel WithAdapters(GgmlBackend backend, IReadOnlyList<string> files, LoraOptions options, bool asFloat = false)
    {
        var (headers, decoder) = Read(files);
        if (decoder.HasExperts && !backend.CallsFunctions)
        {
            throw new RunnerException(RunnerErrors.Unsupported, $"{backend.Name} cannot train a mixture of experts: train it with --device cpu");
        }

        var targets = ModuleNames.Resolve(decoder, options.TargetModules);
        var weights = new BaseWeights(backend, headers, asFloat, decoder);
        var parameters = new ParameterSet(decoder.Layers.Count * targets.Count * 2);
        var adapters = new Adapters(parameters, weights, options, targets, decoder);
        parameters.Allocate(backend);
        return new TrainingModel(backend, decoder, weights, parameters) { Adapters = adapters };
    }

    /// <summary>Trains all weights, as F32.</summary>
    /// <param name="seed">Null = start from the existing weights; otherwise from random ones.</param>
    public static TrainingModel Whole(GgmlBackend backend, IReadOnlyList<string> files, ulong? seed = null)
    {
        var (headers, decoder) = Read(files);
        if (decoder.HasExperts)
        {
            throw new RunnerException(
                RunnerErrors.Unsupported,
                "all weights of a mixture of experts cannot be trained: adapters can, with --training-type lora"
            );
        }

        var weights = new BaseWeights(backend, headers, asFloat: true, decoder);
        var trained = weights.All.Where(static tensor => !tensor.Name.StartsWith("rope_", StringComparison.Ordinal)).ToArray();
        if (seed is { } number && !backend.IsSizing)
        {
            WeightInitializer.Fill(weights, decoder.Layers.Count, new RandomSource(number));
        }

        var parameters = new ParameterSet(trained.Length);
        foreach (var tensor in trained)
        {
            parameters.Add(tensor);
        }

        parameters.Allocate(backend);
        return new TrainingModel(backend, decoder, weights, parameters);
    }

    public void Dispose()
    {
        Products?.Dispose();
        foreach (var block in _blocks.Values)
        {
            block.Dispose();
        }

        Parameters.Dispose();
        Weights.Dispose();
        Backend.Dispose();
    }

    /// <exception cref="RunnerException">UNSUPPORTED, INVALID_MODEL, CANNOT_LOAD.</exception>
    public static ((string Path, GgufFile Header)[] Headers, Decoder Decoder) Read(IReadOnlyList<string> files)
    {
        try
        {
            var headers = files.Select(static file => (file, GgufFile.Read(file))).ToArray();
            return (headers, DecoderReader.Read(files[0], [.. headers.Select(static header => header.Item2)]));
        }
        catch (UntrainableException exception)
        {
            throw new RunnerException(exception.IsDamaged ? RunnerErrors.InvalidModel : RunnerErrors.Unsupported, exception.Message);
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
