namespace Ilab.Runner.Inference;

/// <summary>A sequence of the context: the generation it serves and the contents of its KV cache.</summary>
internal sealed class SequenceSlot(int sequence)
{
    public int Sequence { get; } = sequence;

    public Generation? Generation { get; set; }

    /// <summary>Tokens whose keys and values are in the cache, in order of position.</summary>
    public List<int> Cached { get; } = [];

    /// <summary>The adapters that the cached keys and values were computed with.</summary>
    public string AdapterKey { get; set; } = "";

    /// <summary>The last sampled token, not decoded yet; -1 while the prompt is being processed.</summary>
    public int NextToken { get; set; } = -1;

    /// <summary>Index of this slot's logits in the batch; -1 = not in this step.</summary>
    public int LogitsIndex { get; set; } = -1;

    public bool IsFree => Generation is null;

    public bool IsPrefilling => Generation is not null && NextToken < 0;

    /// <summary>Prompt tokens not decoded yet.</summary>
    public int PromptLeft => Generation!.Prompt.Length - Cached.Count;

    /// <summary>Number of cached tokens that the prompt can reuse.</summary>
    public int CommonPrefix(Generation generation)
    {
        if (generation.AdapterKey != AdapterKey)
        {
            return 0;
        }

        var prompt = generation.Prompt;
        var length = Math.Min(prompt.Length, Cached.Count);
        var common = 0;
        while (common < length && Cached[common] == prompt[common])
        {
            common++;
        }

        return common;
    }
}
