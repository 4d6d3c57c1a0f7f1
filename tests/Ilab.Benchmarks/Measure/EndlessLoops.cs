using System.Diagnostics;

namespace Ilab.Benchmarks.Measure;

/// <summary>Processes that do nothing but compute, ended with this.</summary>
internal sealed class EndlessLoops : IDisposable
{
    private readonly List<Process> _processes = [];

    public EndlessLoops(int count)
    {
        for (var index = 0; index < count; index++)
        {
            _processes.Add(Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "while :; do :; done"]))!);
        }
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
