using Ilab.Gguf;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Runner.Inference;

/// <summary>The adapters that generations use beside the weights: loaded when the first one asks, and kept for the next. Used by the decode thread
/// alone.</summary>
internal sealed class AdapterCache(LlamaContext context) : IDisposable
{
    /// <summary>Adapters that stay although nobody uses them at the moment.</summary>
    private const int MostIdle = 8;

    private readonly Dictionary<string, (LlamaAdapter Adapter, long LastUsed)> _loaded = new(StringComparer.Ordinal);
    private long _clock;

    /// <summary>Stands for a row of adapters; empty = none.</summary>
    public static string KeyOf(IEnumerable<string> files) => string.Join('\n', files);

    /// <summary>Loads those that are not there yet.</summary>
    /// <param name="files">Adapters in GGUF.</param>
    /// <exception cref="RunnerException">CANNOT_LOAD: a file is no adapter, or belongs to another model.</exception>
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

    /// <summary>Makes the context use these, which are loaded, and no others.</summary>
    public void Use(IReadOnlyList<string> files) => context.Use([.. files.Select(file => (_loaded[file].Adapter, 1f))]);

    /// <summary>Lets those go that have not been used for longest, when there are many.</summary>
    /// <param name="needed">Files that generations use.</param>
    /// <returns>True when some went: the context uses none then.</returns>
    public bool Trim(IReadOnlySet<string> needed)
    {
        var idle = _loaded.Where(entry => !needed.Contains(entry.Key)).OrderByDescending(static entry => entry.Value.LastUsed).Skip(MostIdle).ToArray();
        if (idle.Length == 0)
        {
            return false;
        }

        // The context tells adapters apart by their address, which the next one may get.
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
        // In managed code first: ggml ends the process when it does not like what it sees.
        var header = GgufFile.Read(file);
        return header.GetString("general.type") == "adapter"
            ? LlamaAdapter.Load(context.Model, file)
            : throw new LlamaException($"{Path.GetFileName(file)} is not an adapter");
    }
}
