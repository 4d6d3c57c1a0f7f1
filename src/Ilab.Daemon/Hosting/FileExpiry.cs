using Ilab.Engine.Store.UserFiles;

namespace Ilab.Daemon.Hosting;

/// <summary>Removes uploaded files that have expired, at the start and then every ten minutes.</summary>
internal sealed class FileExpiry(UserFileStore files, TimeProvider time, ILogger<FileExpiry> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        await using var stopped = stoppingToken.Register(timer.Dispose);
        do
        {
            try
            {
                await files.RemoveExpiredAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                HostingLog.NotExpired(logger, exception); // a full disk, say: the next time is soon enough
            }
            catch (OperationCanceledException)
            {
                return;
            }
        } while (await timer.WaitForNextTickAsync(CancellationToken.None));
    }
}
