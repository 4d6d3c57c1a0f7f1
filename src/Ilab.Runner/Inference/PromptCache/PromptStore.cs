namespace Ilab.Runner.Inference.PromptCache;

/// <summary>
/// Prompts of a model that were computed once, on disk: for when the model is loaded again. Used by the decode thread alone. Whatever goes wrong with the files
/// costs their contents, never an answer.
/// </summary>
internal sealed class PromptStore
{
    /// <summary>Shorter prompts are computed as fast as they are read.</summary>
    public const int WorthKeeping = 256;

    private readonly string _root;
    private readonly string _directory;
    private readonly long _limit;
    private readonly TimeProvider _time;
    private readonly List<PromptEntry> _entries = [];

    /// <param name="root">Holds those of all models.</param>
    /// <param name="directory">Of this model, under the root; made when it is needed.</param>
    /// <param name="limit">Bytes that all files under the root may take.</param>
    /// <param name="time">Says when a prompt was used.</param>
    public PromptStore(string root, string directory, long limit, TimeProvider time)
    {
        (_root, _directory, _limit, _time) = (root, directory, limit, time);
        foreach (var path in Files(directory, $"*{PromptFile.Extension}"))
        {
            if (Try(() => PromptFile.ReadHeader(path)) is { } entry)
            {
                _entries.Add(entry);
            }
            else
            {
                Try(() => Delete(path));
            }
        }
    }

    /// <summary>The prompt that has most of another one's beginning.</summary>
    /// <returns>It, and the number of common tokens; null = none.</returns>
    public (PromptEntry? Entry, int Common) Longest(ReadOnlySpan<int> prompt, string adapters)
    {
        var best = ((PromptEntry?)null, 0);
        foreach (var entry in _entries)
        {
            if (entry.Adapters == adapters && prompt.CommonPrefixLength(entry.Tokens) is var common && common > best.Item2)
            {
                best = (entry, common);
            }
        }

        return best;
    }

    /// <returns>Keys and values of a prompt; null if they are gone or damaged, and forgotten by that.</returns>
    public byte[]? Read(PromptEntry entry)
    {
        if (Try(() => PromptFile.ReadState(entry)) is { } state)
        {
            entry.LastUsed = _time.GetUtcNow().UtcDateTime;
            Try(() =>
            {
                File.SetLastWriteTimeUtc(entry.Path, entry.LastUsed);
                return entry;
            });
            return state;
        }

        Remove(entry);
        return null;
    }

    /// <summary>Whether a prompt is there already, as far as it is worth keeping.</summary>
    public bool Has(ReadOnlySpan<int> tokens, string adapters) => Longest(tokens, adapters).Common > tokens.Length - WorthKeeping;

    /// <summary>Keeps a prompt. Those that are its beginning are not needed any more; those used least recently make room.</summary>
    public void Add(int[] tokens, string adapters, byte[] state)
    {
        if (state.LongLength + (tokens.LongLength * sizeof(int)) > _limit)
        {
            return; // it would drive out all others, and then itself
        }

        var path = Path.Combine(_directory, $"{Guid.NewGuid():n}{PromptFile.Extension}");
        var entry = Try(() =>
        {
            Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            PromptFile.Write(path, tokens, adapters, state);
            return PromptFile.ReadHeader(path);
        });
        if (entry is null)
        {
            return;
        }

        foreach (var part in _entries.Where(other => other.Adapters == adapters && tokens.AsSpan().StartsWith(other.Tokens)).ToArray())
        {
            Remove(part);
        }

        _entries.Add(entry);
        MakeRoom();
    }

    private void MakeRoom()
    {
        var files = Files(_root, "*")
            .Select(static path => new FileInfo(path))
            .Where(static file => file.Exists)
            .OrderBy(static file => file.LastWriteTimeUtc)
            .ToList();
        var total = files.Sum(static file => file.Length);
        foreach (var file in files.TakeWhile(_ => total > _limit))
        {
            total -= file.Length;
            Try(() => Delete(file.FullName));
            _entries.RemoveAll(entry => entry.Path == file.FullName);
        }
    }

    private void Remove(PromptEntry entry)
    {
        _entries.Remove(entry);
        Try(() => Delete(entry.Path));
    }

    private static string[] Files(string directory, string pattern) => Try(() => Directory.GetFiles(directory, pattern, SearchOption.AllDirectories)) ?? [];

    private static string Delete(string path)
    {
        File.Delete(path);
        return path;
    }

    private static T? Try<T>(Func<T?> action)
        where T : class
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
