namespace Ilab.Native.Llama.Threads;

/// <summary>What is known of one kind of graph.</summary>
internal sealed class GraphRecord
{
    /// <summary>Kinds that are kept apart: there are as many as models have shapes of steps.</summary>
    public const int MostKinds = 256;

    private bool _isWrong;

    public ThreadTuner Tuner { get; } = new();

    /// <summary>
    /// Whether ggml calls back after each node as expected, so that it is known where a computation was ended. Not before the graph was computed once in
    /// small pieces; and never, when one
    /// of them was not as expected: then it stays in small pieces, and the number of threads changes between them.
    /// </summary>
    public bool IsTrusted { get; private set; }

    /// <param name="isWhole">The part was the graph's last.</param>
    public void Check(int callbacks, int expected, bool stopped, bool isWhole)
    {
        if (!stopped && callbacks != expected)
        {
            (_isWrong, IsTrusted) = (true, false);
        }

        IsTrusted |= isWhole && !_isWrong && !stopped;
    }
}
