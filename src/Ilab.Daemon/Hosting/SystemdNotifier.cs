using System.Net.Sockets;

namespace Ilab.Daemon.Hosting;

/// <summary>The service manager's notification protocol: one datagram of lines to <c>$NOTIFY_SOCKET</c>. Does nothing when there is none.</summary>
internal sealed class SystemdNotifier
{
    private readonly string? _address = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");

    public bool IsActive => !string.IsNullOrEmpty(_address);

    /// <summary>How often the watchdog wants to hear from us; null = it does not watch, or watches another process.</summary>
    public TimeSpan? WatchdogInterval =>
        IsActive && (Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { Length: > 0 } pid || pid == Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture))
        && long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), out var microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds / 2.0)
            : null;

    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    public void Status(string status) => Send($"STATUS={status}");

    public void Stopping() => Send("STOPPING=1");

    public void Alive() => Send("WATCHDOG=1");

    private void Send(string message)
    {
        if (!IsActive)
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            var path = _address!.StartsWith('@') ? "\0" + _address[1..] : _address;
            socket.SendTo(System.Text.Encoding.UTF8.GetBytes(message), new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            // The manager has gone; nothing depends on being heard.
        }
    }
}
