using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>What a decode loop is doing and has done. Written by its thread alone, read by any.</summary>
internal sealed class LoopMeter
{
    private int _running;
    private int _waiting;
    private int _cached;
    private long _prompt;
    private long _generated;
    private long _steps;

    /// <summary>Records the state between two steps.</summary>
    /// <param name="running">Generations in progress.</param>
    /// <param name="waiting">Generations that wait for a place.</param>
    /// <param name="cached">Tokens in the KV cache.</param>
    public void Note(int running, int waiting, int cached)
    {
        Volatile.Write(ref _running, running);
        Volatile.Write(ref _waiting, waiting);
        Volatile.Write(ref _cached, cached);
    }

    /// <param name="promptTokens">Tokens of prompts that the step computed.</param>
    public void NoteStep(int promptTokens)
    {
        Volatile.Write(ref _prompt, _prompt + promptTokens);
        Volatile.Write(ref _steps, _steps + 1);
    }

    /// <summary>Counts a generated token.</summary>
    public void NoteToken() => Volatile.Write(ref _generated, _generated + 1);

    /// <param name="parallel">Generations that the loop runs at once, at most.</param>
    /// <param name="cells">Tokens that the KV cache has room for.</param>
    public StatsResponse Read(int parallel, int cells) =>
        new()
        {
            Running = (uint)Volatile.Read(ref _running),
            Waiting = (uint)Volatile.Read(ref _waiting),
            Parallel = (uint)parallel,
            CacheUsed = (ulong)Volatile.Read(ref _cached),
            CacheCells = (ulong)cells,
            PromptTokens = (ulong)Volatile.Read(ref _prompt),
            GeneratedTokens = (ulong)Volatile.Read(ref _generated),
            Steps = (ulong)Volatile.Read(ref _steps),
        };
}
