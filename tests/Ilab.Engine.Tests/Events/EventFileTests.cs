using System.Text;
using Ilab.Engine.Events;
using Ilab.Engine.Hosting;
using Ilab.Engine.Tests.Serving.Scheduling;

namespace Ilab.Engine.Tests.Events;

/// <summary>A disk that is full for a while.</summary>
public sealed class EventFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-full-").FullName;
    private readonly FullDisk _disk = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AFullDiskIsToldOnceAndWhatItDidNotTakeIsWrittenLater()
    {
        var time = new ManualTicks();
        using var file = new EventFile(() => _disk, time, mostWaiting: 10);
        Assert.Null(file.Append("one"));
        _disk.Left = 2;
        Assert.NotNull(file.Append("two"));
        Assert.Equal("one\n", _disk.Text);
        time.Seconds = 2;
        Assert.Null(file.Append("three"));
        _disk.Left = int.MaxValue;
        Assert.Null(file.Append("at once after a failure it is not tried"));
        Assert.Equal("one\n", _disk.Text);
        time.Seconds = 4;
        Assert.Null(file.Append("four"));
        Assert.Equal("one\ntwo\nthree\nat once after a failure it is not tried\nfour\n", _disk.Text);
    }

    [Fact]
    public void OnlySoMuchWaits()
    {
        _disk.Left = 0;
        using var file = new EventFile(() => _disk, new ManualTicks(), mostWaiting: 2);
        foreach (var line in (string[])["a", "b", "c"])
        {
            file.Append(line);
        }

        _disk.Left = int.MaxValue;
        file.TryWrite();
        Assert.Equal("b\nc\n", _disk.Text);
    }

    [Fact]
    public async Task PublishingAndEndingGoOnWithAFullDisk()
    {
        _disk.Left = 0;
        using var bus = new EventBus(
            new EngineOptions
            {
                StoreDirectory = _folder,
                RuntimeDirectory = _folder,
                RunnerPath = "",
            },
            new ManualTime(),
            null,
            _ => _disk
        );
        bus.Publish("model", "import", "sha256:1", "first");
        var seen = bus.SubscribeAsync(DateTimeOffset.UnixEpoch, null, follow: false, CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await seen.MoveNextAsync());
        Assert.Equal("import", seen.Current.Action);
        await seen.DisposeAsync();
    }

    private sealed class ManualTicks : TimeProvider
    {
        public int Seconds { get; set; }

        public override long GetTimestamp() => Seconds * TimestampFrequency;
    }

    /// <summary>Takes only so many bytes more, and as a disk does, a part of a write.</summary>
    private sealed class FullDisk : MemoryStream
    {
        public int Left { get; set; } = int.MaxValue;

        public string Text => Encoding.UTF8.GetString(ToArray());

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var taken = Math.Min(Left, buffer.Length);
            base.Write(buffer.ToArray(), 0, taken);
            Left -= Left == int.MaxValue ? 0 : taken;
            if (taken < buffer.Length)
            {
                throw new IOException("No space left on device", 28);
            }
        }

        protected override void Dispose(bool disposing)
        {
            // Read after it was closed.
        }
    }
}
