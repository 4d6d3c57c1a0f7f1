using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.State;

/// <summary>A write waiting in the <see cref="WriteLane"/>.</summary>
/// <param name="isAlone">Whether it needs a transaction of its own.</param>
internal abstract class PendingWrite(bool isAlone)
{
    private int _claimed;

    public bool IsAlone { get; } = isAlone;

    /// <summary>The first to claim it decides: the lane runs it, or its caller abandons it.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    /// <summary>Executes the statements and holds back the result until <see cref="Acknowledge"/>. May be called again after a rollback.</summary>
    public abstract void Run(SqliteConnection connection, SqliteTransaction transaction);

    /// <summary>Passes the result to the caller; only after the commit.</summary>
    public abstract void Acknowledge();

    public abstract void Fail(Exception exception);

    public abstract void Cancel(CancellationToken cancellationToken);
}

/// <inheritdoc/>
internal sealed class PendingWrite<T>(Func<SqliteConnection, SqliteTransaction, T> write, bool isAlone) : PendingWrite(isAlone)
{
    // Continuations never run on the lane's thread: the next group is waiting for it.
    private readonly TaskCompletionSource<T> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Ended => _ended.Task;

    public override void Run(SqliteConnection connection, SqliteTransaction transaction) => _result = write(connection, transaction);

    public override void Acknowledge() => _ended.TrySetResult(_result!);

    public override void Fail(Exception exception) => _ended.TrySetException(exception);

    public override void Cancel(CancellationToken cancellationToken) => _ended.TrySetCanceled(cancellationToken);
}
