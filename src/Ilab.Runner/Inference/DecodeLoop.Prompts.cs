using Ilab.Runner.Inference.PromptCache;

namespace Ilab.Runner.Inference;

/// <summary>
/// Prompts outlive the process: what idle sequences hold is written when nobody has asked for a while and when the model is unloaded, and read when a prompt
/// begins with more of it than the cache holds.
/// </summary>
internal sealed partial class DecodeLoop
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <summary>Prompts on disk; null = none are kept. To be set before <see cref="Run"/>.</summary>
    public PromptStore? Prompts { private get; set; }

    /// <summary>Waits for something to do; writes prompts when there has been nothing for a while.</summary>
    private void WaitForWork()
    {
        if (Prompts is null || !_cache.HasUnsaved)
        {
            _wake.Wait();
            return;
        }

        if (!_wake.Wait(Rest))
        {
            SavePrompt();
        }
    }

    /// <returns>Whether there was one that is not on disk.</returns>
    private bool SavePrompt()
    {
        if (Prompts is null || _cache.Unsaved(Prompts) is not { } sequence)
        {
            return false;
        }

        sequence.IsSaved = true;
        if (_context.SaveSequence(sequence.Id) is { } state)
        {
            Prompts.Add([.. sequence.Tokens], sequence.AdapterKey, state);
        }

        return true;
    }

    /// <summary>Reads a prompt from disk if that saves computing it.</summary>
    private void Recall(Generation generation)
    {
        if (Prompts is null || generation.Request.Fresh || generation.Known.Length < PromptStore.WorthKeeping)
        {
            return;
        }

        var (entry, common) = Prompts.Longest(generation.Known, generation.AdapterKey);
        var isUsable = entry is not null && entry.Tokens.Length <= _contextLength && (_cache.KeepsAll || common == entry.Tokens.Length);
        if (!isUsable || common < _cache.Common(generation) + PromptStore.WorthKeeping)
        {
            return;
        }

        if (Prompts.Read(entry!) is { } state)
        {
            _cache.Restore(entry!, state);
        }
    }
}
