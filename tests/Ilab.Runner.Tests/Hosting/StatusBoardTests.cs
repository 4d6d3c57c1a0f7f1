using Ilab.Native.Llama.Threads;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Hosting;

namespace Ilab.Runner.Tests.Hosting;

public sealed class StatusBoardTests
{
    [Fact]
    public void AChangeOfThreadsIsTold()
    {
        var board = new StatusBoard();
        board.Ready(new ModelInfo());
        Tell(board, new ThreadsInUse(2, 2, ""));
        var before = board.Current;
        Tell(board, new ThreadsInUse(2, 2, ""));
        Assert.Same(before, board.Current);

        Tell(board, new ThreadsInUse(1, 2, "busy"));
        Assert.Equal((1u, 2u, "busy", 3u), (board.Current.Threads, board.Current.ThreadsLimit, board.Current.ThreadsReason, board.Current.Active));
        Assert.NotNull(board.Current.Model);
    }

    [Fact]
    public void NothingIsToldBeforeTheModelIsThere()
    {
        var board = new StatusBoard();
        Tell(board, new ThreadsInUse(1, 2, "busy"));
        Assert.Equal((RunnerStatus.Types.State.Loading, 0u), (board.Current.State, board.Current.Threads));
    }

    private static void Tell(StatusBoard board, ThreadsInUse threads) => board.Active(static () => 3, static () => 0, () => threads);
}
