using System.Text;
using Ilab.Posix.Processes;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Runner.Processes;

/// <summary>The bundle's <c>runner.log</c>: all output of this process and of native code, at most two files of 4 MiB.</summary>
internal sealed class RunnerLogFile(string path) : IDisposable
{
    private const long Cap = 4 << 20;

    private readonly Lock _gate = new();
    private SafeFileHandle _file = CurrentProcess.RedirectOutput(path);

    public void WriteLine(string line)
    {
        lock (_gate)
        {
            if (RandomAccess.GetLength(_file) > Cap)
            {
                File.Move(path, path + ".1", overwrite: true);
                _file.Dispose();
                _file = CurrentProcess.RedirectOutput(path);
            }

            RandomAccess.Write(_file, Encoding.UTF8.GetBytes(line + "\n"), RandomAccess.GetLength(_file));
        }
    }

    public void Dispose() => _file.Dispose();
}
