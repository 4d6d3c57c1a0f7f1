using Microsoft.Extensions.Time.Testing;

namespace Ilab.Engine.Tests.Serving.Scheduling;

/// <summary>A clock that moves when the test says so, and tells when a timer is set or stopped.</summary>
internal sealed class ManualTime() : FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ToldTimer(base.CreateTimer(callback, state, dueTime, period));
        Changes.Tell();
        return timer;
    }

    private sealed class ToldTimer(ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            Changes.Tell();
            return changed;
        }

        public void Dispose()
        {
            timer.Dispose();
            Changes.Tell();
        }

        public async ValueTask DisposeAsync()
        {
            await timer.DisposeAsync();
            Changes.Tell();
        }
    }
}
