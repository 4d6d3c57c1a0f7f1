namespace Ilab.Runner.Inference;

/// <summary>A sequence of the context: the contents of its KV cache, and the generation that uses it.</summary>
internal sealed class CachedSequence(int id)
{
    public int Id { get; } = id;

    /// <summary>Null = nobody: what it holds is kept for later prompts that begin with it.</summary>
    public Generation? User { get; set; }

    /// <summary>Tokens whose keys and values are in the cache, in order of position.</summary>
    public List<int> Tokens { get; } = [];

    /// <summary>The adapters that the cached keys and values were computed with.</summary>
    public string AdapterKey { get; set; } = "";

    /// <summary>When it was last used; smaller = earlier.</summary>
    public long LastUsed { get; set; }

    /// <summary>Whether it was written to disk as it is.</summary>
    public bool IsSaved { get; set; }

    public bool IsIdle => User is null;

    /// <summary>Number of tokens at the beginning that are the same as in <paramref name="prompt"/>.</summary>
    public int CommonPrefix(ReadOnlySpan<int> prompt) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Tokens).CommonPrefixLength(prompt);
}
