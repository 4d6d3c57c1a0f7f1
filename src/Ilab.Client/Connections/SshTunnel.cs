using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Client.Connections;

/// <summary>Reaches a service on another machine through the <c>ssh</c> program: its stdin and stdout are the connection, no port is opened.</summary>
internal sealed class SshTunnel(Endpoint endpoint) : IDisposable
{
    /// <summary>A background process that ssh leaves behind may hold its standard error open.</summary>
    private static readonly TimeSpan ComplaintTimeout = TimeSpan.FromSeconds(2);

    private readonly List<Process> _processes = [];

    /// <exception cref="IlabException">There is no ssh program. A failing login shows up when the returned stream is read.</exception>
    public ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo("ssh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
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

            var complaint = new Complaint();
            var reading = complaint.ReadAsync(process.StandardError);
            return new(
                new FirstAnswerStream(
                    process.StandardOutput.BaseStream,
                    process.StandardInput.BaseStream,
                    async () =>
                    {
                        await Task.WhenAny(reading, Task.Delay(ComplaintTimeout)).ConfigureAwait(false);
                        return ConnectFailure.OfSsh(endpoint, complaint.LastLine);
                    }
                )
            );
        }
        catch (Win32Exception exception)
        {
            throw new IlabException(ErrorKind.Unsupported, "the ssh program was not found", "install openssh-client", exception);
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

    /// <summary>The last line that ssh printed to standard error.</summary>
    private sealed class Complaint
    {
        public string LastLine { get; private set; } = "";

        /// <summary>Reads to the end, so that ssh never blocks on a full pipe.</summary>
        public async Task ReadAsync(TextReader error)
        {
            try
            {
                while (await error.ReadLineAsync().ConfigureAwait(false) is { } line)
                {
                    LastLine = line.Trim().Length > 0 ? line.Trim() : LastLine;
                }
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // The process was disposed while the connection was being closed.
            }
        }
    }
}
