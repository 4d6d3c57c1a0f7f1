namespace Ilab.Runner.Inference;

/// <summary>One of the sequences that a context can hold: the generation it serves and what its KV cache knows.</summary>
internal sealed class SequenceSlot(int sequence)
{
    public int Sequence { get; } = sequence;

    public Generation? Generation { get; set; }

    /// <summary>Tokens whose keys and values are in the cache, in order of position.</summary>
    public List<int> Cached { get; } = [];

    /// <summary>The adapters that the cached keys and values were computed with.</summary>
    public string AdapterKey { get; set; } = "";

    /// <summary>The token chosen last, not yet decoded; -1 while the prompt is worked on.</summary>
    public int NextToken { get; set; } = -1;

    /// <summary>Where in the batch this slot's logits will be; -1 = not in this step.</summary>
    public int LogitsIndex { get; set; } = -1;

    public bool IsFree => Generation is null;

    public bool IsPrefilling => Generation is not null && NextToken < 0;

    /// <summary>Prompt tokens still to be decoded.</summary>
    public int PromptLeft => Generation!.Prompt.Length - Cached.Count;

    /// <summary>Tokens of its prompt that need not be computed again.</summary>
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
