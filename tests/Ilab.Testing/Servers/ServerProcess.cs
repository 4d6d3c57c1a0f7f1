using System.Diagnostics;
using System.Text;

namespace Ilab.Testing.Servers;

/// <summary>A server as a child process with a private folder.</summary>
internal sealed class ServerProcess : IRunningServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string _data;

    private ServerProcess(Process process, string data) => (_process, _data) = (process, data);

    public static async Task<ServerProcess> StartAsync(ServerSpec spec, int port)
    {
        var data = Directory.CreateTempSubdirectory($"ilab-{spec.Name}-").FullName;
        spec = spec.At(port, data);
        foreach (var (name, text) in spec.Files)
        {
            await File.WriteAllTextAsync(Path.Combine(data, name), text);
        }

        var start = new ProcessStartInfo(spec.Program, spec.Arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = data,
        };
        foreach (var (name, value) in spec.Environment)
        {
            start.Environment[name] = value;
        }

        var said = new StringBuilder();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ServerProcess(process, data);
        try
        {
            var ended = process.WaitForExitAsync();
            return await Task.WhenAny(ready.Task, ended).WaitAsync(Patience) == ended
                ? throw new InvalidOperationException($"{spec.Name} ended with exit code {process.ExitCode}: {Said()}")
                : server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        string Said()
        {
            lock (said)
            {
                return said.ToString();
            }
        }

        void Take(string? line)
        {
            lock (said)
            {
                said.AppendLine(line);
            }

            if (line?.Contains(spec.ReadyLine, StringComparison.Ordinal) == true)
            {
                ready.TrySetResult();
            }
        }
    }

    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        Directory.Delete(_data, recursive: true);
    }
}
