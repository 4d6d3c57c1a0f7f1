using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.State;

/// <summary>
/// Serializes write transactions. Concurrent writes share a transaction, and thus an fsync (group commit): each has a savepoint, so that a failing one is
/// rolled back individually, and all are acknowledged only after the commit.
/// </summary>
/// <param name="writer">The only write connection.</param>
/// <param name="committed">Called after each commit, before it is acknowledged.</param>
internal sealed class WriteLane(SqliteConnection writer, Action committed) : IDisposable
{
    private const int LargestGroup = 64;
    private const string Savepoint = "one_of_a_group";

    private readonly Lock _gate = new();
    private readonly Lock _running = new();
    private readonly Queue<PendingWrite> _waiting = new();
    private bool _isBusy;
    private bool _isClosed;

    /// <param name="isAlone">In a transaction of its own: everything it reads is committed and durable.</param>
    /// <exception cref="ObjectDisposedException">The database is closed.</exception>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction, T> write, bool isAlone, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingWrite<T>(write, isAlone);
        using var registration = cancellationToken.UnsafeRegister(static (state, token) => GiveUp((PendingWrite)state!, token), pending);
        if (Enqueue(pending))
        {
            RunNextGroup(); // no writer is active: no other thread is needed
        }

        return await pending.Ended.ConfigureAwait(false);
    }

    /// <summary>Waits for the running transaction; queued writes fail.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
        }

        lock (_running)
        {
            // The last group has ended.
        }

        FailWaiting();
    }

    private static void GiveUp(PendingWrite pending, CancellationToken cancellationToken)
    {
        if (pending.TryClaim())
        {
            pending.Cancel(cancellationToken);
        }
    }

    /// <returns>Whether the caller must run the next group.</returns>
    private bool Enqueue(PendingWrite pending)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _waiting.Enqueue(pending);
            var wasBusy = _isBusy;
            _isBusy = true;
            return !wasBusy;
        }
    }

    /// <summary>Runs one group; further ones run on the thread pool, so that no caller works for others indefinitely.</summary>
    private void RunNextGroup()
    {
        lock (_running)
        {
            RunGroup(TakeGroup());
        }

        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _isBusy = false;
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(static lane => lane.RunNextGroup(), this, preferLocal: false);
    }

    private List<PendingWrite> TakeGroup()
    {
        var group = new List<PendingWrite>();
        lock (_gate)
        {
            while (!_isClosed && group.Count < LargestGroup && _waiting.TryPeek(out var next))
            {
                if (next.IsAlone && group.Count > 0)
                {
                    break;
                }

                _waiting.Dequeue();
                if (next.TryClaim())
                {
                    group.Add(next);
                    if (next.IsAlone)
                    {
                        break;
                    }
                }
            }
        }

        return group;
    }

    private void RunGroup(List<PendingWrite> group)
    {
        if (group.Count > 1 && TryRunTogether(group))
        {
            return;
        }

        // If the transaction of a group failed as a whole (full disk), its writes are retried one by one: only those that cannot be written fail.
        group.ForEach(RunOne);
    }

    private void RunOne(PendingWrite pending)
    {
        try
        {
            using var transaction = writer.BeginTransaction(deferred: false);
            pending.Run(writer, transaction);
            transaction.Commit();
            committed();
        }
        catch (Exception exception)
        {
            pending.Fail(exception);
            return;
        }

        pending.Acknowledge();
    }

    private bool TryRunTogether(List<PendingWrite> group)
    {
        var failures = new Dictionary<PendingWrite, Exception>();
        try
        {
            using var transaction = writer.BeginTransaction(deferred: false);
            foreach (var pending in group)
            {
                transaction.Save(Savepoint);
                try
                {
                    pending.Run(writer, transaction);
                }
                catch (Exception exception) when (!EndsTransaction(exception))
                {
                    transaction.Rollback(Savepoint);
                    failures[pending] = exception;
                }

                transaction.Release(Savepoint);
            }

            transaction.Commit();
            committed();
        }
        catch (Exception exception) when (exception is SqliteException or InvalidOperationException)
        {
            return false; // the second: SQLite has rolled back the transaction itself
        }

        foreach (var pending in group)
        {
            if (failures.TryGetValue(pending, out var exception))
            {
                pending.Fail(exception);
            }
            else
            {
                pending.Acknowledge();
            }
        }

        return true;
    }

    /// <summary>Errors after which SQLite may have rolled back the whole transaction: FULL, IOERR, NOMEM, BUSY, INTERRUPT, CORRUPT, NOTADB.</summary>
    private static bool EndsTransaction(Exception exception) => exception is SqliteException { SqliteErrorCode: 13 or 10 or 7 or 5 or 9 or 11 or 26 };

    private void FailWaiting()
    {
        PendingWrite[] left;
        lock (_gate)
        {
            left = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var pending in left.Where(static pending => pending.TryClaim()))
        {
            pending.Fail(new ObjectDisposedException(nameof(Database)));
        }
    }
}
