using System.Diagnostics;
using System.Globalization;

namespace Ilab.Client.Connections;

/// <summary>Reaches a service on another machine through the <c>ssh</c> program: its stdin and stdout are the connection, no port is opened.</summary>
internal sealed class SshTunnel(Endpoint endpoint) : IDisposable
{
    private readonly List<Process> _processes = [];

    public ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo("ssh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in Arguments())
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            var process = Process.Start(start)!;
            lock (_processes)
            {
                _processes.Add(process);
            }

            return new(new DuplexStream(process.StandardOutput.BaseStream, process.StandardInput.BaseStream));
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new IOException("the ssh program is not there: install openssh-client", exception);
        }
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.Dispose();
        }
    }

    private IEnumerable<string> Arguments()
    {
        yield return "-T";
        yield return "-oBatchMode=yes";
        if (endpoint.Port > 0)
        {
            yield return "-p";
            yield return endpoint.Port.ToString(CultureInfo.InvariantCulture);
        }

        if (endpoint.Identity is { Length: > 0 } identity)
        {
            yield return "-i";
            yield return identity;
        }

        yield return endpoint.User.Length > 0 ? $"{endpoint.User}@{endpoint.Host}" : endpoint.Host;
        yield return "--";
        yield return endpoint.Path.Length > 0 ? $"ilab --url unix://{Quote(endpoint.Path)} system dial-stdio" : "ilab system dial-stdio";
    }

    private static string Quote(string path) => $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
