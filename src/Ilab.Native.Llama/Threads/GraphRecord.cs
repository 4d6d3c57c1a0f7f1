namespace Ilab.Native.Llama.Threads;

/// <summary>Observations about one kind of graph.</summary>
internal sealed class GraphRecord
{
    /// <summary>Maximum number of kinds: models have as many as they have shapes of steps.</summary>
    public const int MostKinds = 256;

    private bool _isWrong;

    public ThreadTuner Tuner { get; } = new();

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
