using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting.Systemd;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// Notifies the service manager: READY only once the socket has its mode and group, a watchdog heartbeat only while the engine responds. Sends the datagrams
/// with Microsoft.Extensions.Hosting.Systemd. Does nothing without a service manager.
/// </summary>
internal sealed class ServiceManager
{
    // Read before the notifier removes it from the environment, which runners inherit.
    private readonly TimeSpan? _watchdogInterval = ReadWatchdogInterval();
    private readonly SystemdNotifier _notifier = new();

    public bool IsActive => _notifier.IsEnabled;

    /// <summary>Interval of <see cref="Alive"/>, half of the manager's timeout; null = no watchdog, or it watches another process.</summary>
    public TimeSpan? WatchdogInterval => IsActive ? _watchdogInterval : null;

    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    public void Status(string status) => Send($"STATUS={status}");

    public void Stopping() => Send("STOPPING=1");

    public void Alive() => Send("WATCHDOG=1");

    private static TimeSpan? ReadWatchdogInterval() =>
        Environment.GetEnvironmentVariable("WATCHDOG_PID") is var pid
        && (string.IsNullOrEmpty(pid) || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
        && long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), CultureInfo.InvariantCulture, out var microseconds)
        && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds / 2.0)
            : null;

    private void Send(string message)
    {
        try
        {
            _notifier.Notify(new ServiceState(message));
        }
        catch (SocketException)
        {
            // The manager is gone; notifications are optional.
        }
    }
}
