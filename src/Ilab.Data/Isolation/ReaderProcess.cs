using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Ilab.Engine.Errors;

namespace Ilab.Data.Isolation;

/// <summary>Reads a file in a separate process with limits on time, memory and output. Disposing kills the process.</summary>
internal sealed class ReaderProcess : IDisposable
{
    private const string Service = "ilabd";
    private const int MostOfError = 400;

    /// <summary>Exit codes of a runtime out of memory or stack, and of a process killed by the system.</summary>
    private const int Aborted = 134,
        Killed = 137,
        Segmentation = 139;

    /// <summary>The variables of the service's environment that the process inherits: no tokens, no addresses.</summary>
    private static readonly string[] Kept = ["PATH", "HOME", "TMPDIR", "DOTNET_ROOT", "LANG"];

    private readonly string _path;
    private readonly ReaderLimits _limits;
    private readonly Process _process;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationToken _cancelled;
    private readonly Task<string> _error;

    private ReaderProcess(string path, ReaderLimits limits, Process process, CancellationToken cancellationToken)
    {
        (_path, _limits, _process, _cancelled) = (path, limits, process, cancellationToken);
        _limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _limit.CancelAfter(limits.Time);
        _error = ReadErrorAsync(process.StandardError, _limit.Token);
    }

    /// <param name="path">Used in error messages.</param>
    /// <param name="verb">A verb of the service's program; it receives the time and output limits after <paramref name="arguments"/>.</param>
    /// <exception cref="EngineException">INTERNAL: the program cannot be started.</exception>
    public static ReaderProcess Start(string path, string verb, IEnumerable<string> arguments, ReaderLimits limits, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Locate(), [verb, .. arguments, Text(limits.Time.TotalSeconds), Text(limits.OutputBytes)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Except(Kept).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_GCHeapHardLimit"] = limits.HeapBytes.ToString("x", CultureInfo.InvariantCulture);
        start.Environment["DOTNET_gcServer"] = "0";
        try
        {
            return new ReaderProcess(path, limits, Process.Start(start)!, cancellationToken);
        }
        catch (Win32Exception exception)
        {
            throw new EngineException(
                ErrorKind.Internal,
                $"{path}: cannot start {start.FileName} to read it: {exception.Message}",
                "reinstall ilab",
                exception
            );
        }

        static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Sends the file; the process reads all of it before it writes anything.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: the time limit was exceeded.</exception>
    public async Task SendAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var input = _process.StandardInput.BaseStream;
        try
        {
            await using (input.ConfigureAwait(false))
            {
                await foreach (var piece in pieces.WithCancellation(_limit.Token).ConfigureAwait(false))
                {
                    await input.WriteAsync(piece, _limit.Token).ConfigureAwait(false);
                }
            }
        }
        catch (IOException)
        {
            // The process ended before it had read everything; its exit code says why.
        }
        catch (OperationCanceledException) when (!_cancelled.IsCancellationRequested)
        {
            throw Failure(ReaderExit.TimedOut, "");
        }
    }

    /// <summary>Reads the output; 0 = end of output after success.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: the file cannot be read, or not within the limits.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            var read = await _process.StandardOutput.BaseStream.ReadAsync(buffer, _limit.Token).ConfigureAwait(false);
            if (read == 0)
            {
                var said = await _error.ConfigureAwait(false);
                await _process.WaitForExitAsync(_limit.Token).ConfigureAwait(false);
                return _process.ExitCode == 0 ? 0 : throw Failure(_process.ExitCode, said);
            }

            return read;
        }
        catch (OperationCanceledException) when (!_cancelled.IsCancellationRequested)
        {
            throw Failure(ReaderExit.TimedOut, "");
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
        _limit.Dispose();
    }

    /// <summary>The service's own program: next to this assembly, or in the build output of a checkout.</summary>
    private static string Locate()
    {
        var here = AppContext.BaseDirectory.TrimEnd('/');
        var beside = Path.Combine(here, Service);
        return File.Exists(beside + ".dll")
            ? beside
            : Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(here)) ?? "/", "Ilab.Daemon", Path.GetFileName(here), Service);
    }

    /// <summary>Reads to the end but keeps only the beginning: a process that writes too much must not block.</summary>
    private static async Task<string> ReadErrorAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var (text, buffer) = ("", new char[1 << 10]);
        while (await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            text += new string(buffer, 0, Math.Min(read, MostOfError - text.Length));
        }

        return text;
    }

    private EngineException Failure(int code, string said) =>
        code switch
        {
            ReaderExit.Unreadable => new(ErrorKind.InvalidArgument, $"{_path} cannot be read: {said.Trim()}", "the file may be damaged or password-protected"),
            ReaderExit.TooLong => new(ErrorKind.InvalidArgument, $"{_path} contains more than {_limits.OutputBytes} bytes of text", "split it"),
            ReaderExit.TimedOut => new(
                ErrorKind.InvalidArgument,
                $"{_path} could not be read within {_limits.Time.TotalSeconds:0} seconds",
                "convert it to text first, or split it"
            ),
            ReaderExit.NoMemory or Aborted or Killed or Segmentation => new(
                ErrorKind.InvalidArgument,
                $"{_path} cannot be read within {ByteText.Of(_limits.HeapBytes)} of memory (exit code {code})",
                "it may be nested too deeply or expand too much"
            ),
            _ => new(
                ErrorKind.Internal,
                $"{_path}: the process that reads it failed with exit code {code}: {said.ReplaceLineEndings(" ").Trim()}",
                "see the service log"
            ),
        };
}
