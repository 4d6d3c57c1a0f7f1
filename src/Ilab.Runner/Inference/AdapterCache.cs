using Ilab.Gguf;
using Ilab.Gguf.Decoders;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Runner.Inference;

/// <summary>Cache of LoRA adapters: loaded on first use, and kept for later requests. Used only by the decode thread.</summary>
internal sealed class AdapterCache(LlamaContext context) : IDisposable
{
    /// <summary>Maximum number of unused adapters to keep.</summary>
    private const int MostIdle = 8;

    private readonly Dictionary<string, (LlamaAdapter Adapter, long LastUsed)> _loaded = new(StringComparer.Ordinal);
    private long _clock;

    /// <summary>Identifies a sequence of adapters; empty = none.</summary>
    public static string KeyOf(IEnumerable<string> files) => string.Join('\n', files);

    /// <summary>Loads the adapters that are not loaded yet.</summary>
    /// <param name="files">Adapters in GGUF format.</param>
    /// <exception cref="RunnerException">CANNOT_LOAD: a file is not an adapter, or belongs to another model.</exception>
    public void Load(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            try
            {
                _loaded[file] = (_loaded.TryGetValue(file, out var known) ? known.Adapter : Read(file), ++_clock);
            }
            catch (Exception exception) when (exception is GgufException or LlamaException or IOException or UnauthorizedAccessException)
            {
                throw new RunnerException(RunnerErrors.CannotLoad, exception.Message);
            }
        }
    }

    /// <summary>Activates exactly these adapters, which must be loaded, in the context.</summary>
    public void Use(IReadOnlyList<string> files) => context.Use([.. files.Select(file => (_loaded[file].Adapter, 1f))]);

    /// <summary>Unloads the least recently used adapters if there are too many.</summary>
    /// <param name="needed">Files in use by generations.</param>
    /// <returns>Whether any were unloaded: the context has none active then.</returns>
    public bool Trim(IReadOnlySet<string> needed)
    {
        var idle = _loaded.Where(entry => !needed.Contains(entry.Key)).OrderByDescending(static entry => entry.Value.LastUsed).Skip(MostIdle).ToArray();
        if (idle.Length == 0)
        {
            return false;
        }

        // The context identifies adapters by address, which a new adapter may reuse.
        context.Use([]);
        foreach (var (file, (adapter, _)) in idle)
        {
            _loaded.Remove(file);
            adapter.Dispose();
        }

        return true;
    }

    public void Dispose()
    {
        if (_loaded.Count == 0)
        {
            return;
        }

        context.Use([]);
        foreach (var (adapter, _) in _loaded.Values)
        {
            adapter.Dispose();
        }

        _loaded.Clear();
    }

    private LlamaAdapter Read(string file)
    {
        // Validated in managed code first: ggml aborts the process on invalid files.
        var header = GgufFile.Read(file);
        if (header.GetString("general.type") != "adapter")
        {
            throw new LlamaException($"{Path.GetFileName(file)} is not an adapter");
        }

        var passedOver = EngineAdapters.PassedOver(context.Model.Metadata("general.architecture") ?? "");
        return header.Tensors.Select(static tensor => Decoder.ModuleOf(tensor.Name)).FirstOrDefault(passedOver.Contains) is { } module
            ? throw new LlamaException(
                $"{Path.GetFileName(file)} changes {module}, to which the engine applies no adapters in models of this architecture: merge it into the weights "
                    + "(training with --convert does, and 'ilab model convert --to safetensors')"
            )
            : LlamaAdapter.Load(context.Model, file);
    }
}
