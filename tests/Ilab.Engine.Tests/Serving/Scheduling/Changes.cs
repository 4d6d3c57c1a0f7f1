namespace Ilab.Engine.Tests.Serving.Scheduling;

/// <summary>Told by everything in these tests that changes what others wait for. Waiting is looking again after each change.</summary>
internal static class Changes
{
    private static TaskCompletionSource _next = New();

    public static void Tell() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <exception cref="TimeoutException">It did not come to be.</exception>
    public static async Task Until(Func<bool> holds, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        while (true)
        {
            var next = Volatile.Read(ref _next).Task;
            if (holds())
            {
                return;
            }

            await next.WaitAsync(limit.Token);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
