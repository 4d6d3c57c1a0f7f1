namespace Ilab.Native.Llama.Threads;

/// <summary>Observations about one kind of graph.</summary>
internal sealed class GraphRecord
{
    private bool _isWrong;

    public ThreadTuner Tuner { get; } = new();

    /// <summary>Whether a crew is faster than one thread while others use CPUs.</summary>
    public CrewTrial Crew { get; } = new();

    /// <summary>
    /// Whether ggml calls back after each node as expected, so that the position of an aborted computation is known. Not until the graph has been computed in
    /// small portions once; and never if one of these behaved unexpectedly: it is then always computed in small portions, and the number of threads changes
    /// only between them.
    /// </summary>
    public bool IsTrusted { get; private set; }

    /// <param name="isWhole">Whether it was the last portion of the graph.</param>
    public void Check(int callbacks, int expected, bool stopped, bool isWhole)
    {
        if (!stopped && callbacks != expected)
        {
            (_isWrong, IsTrusted) = (true, false);
        }

        IsTrusted |= isWhole && !_isWrong && !stopped;
    }
}
