using System.Runtime.InteropServices;
using System.Text.Json;
using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Posix.Processes;
using Ilab.Runner.Hosting;
using Ilab.Runner.Inference;

namespace Ilab.Runner.Training;

/// <summary>The life of a runner that trains: everything it has to say is in its files, so that it needs nobody to listen.</summary>
internal static class TrainingProgram
{
    private const int Stopped = 5;

    /// <returns>How the run ended: 0 done, 3 failed, 5 stopped with a checkpoint.</returns>
    public static async Task<ExitFile> RunAsync(Bundle bundle, RunnerLogFile log)
    {
        using var stop = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal));
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal));
        try
        {
            var runner = bundle.ReadSpec();
            var spec = runner.Training ?? throw new RunnerException("INTERNAL", "the bundle's spec says nothing of a training");
            bundle.WriteReady(new ReadyFile(RunnerSpec.ProtocolVersion, Environment.ProcessId, CurrentProcess.StartTime(), Boot.Id, "", ["train"]));
            var run = new TrainingRun(runner, spec, log.WriteLine);
            var isDone = await Task.Factory.StartNew(() => run.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return isDone ? Exit(0, "", "trained") : Exit(Stopped, "", "stopped with a checkpoint");
        }
        catch (RunnerException exception)
        {
            return Failed(exception.Kind, exception.Message);
        }
        catch (Exception exception) when (exception is JsonException or GgufException or GgmlException)
        {
            return Failed("INTERNAL", exception.Message);
        }
        catch (IOException exception)
        {
            return Failed(IsDiskFull(exception) ? "DISK_FULL" : "INTERNAL", exception.Message);
        }
        catch (Exception exception)
        {
            log.WriteLine(exception.ToString());
            return Failed("INTERNAL", exception.Message);
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        ExitFile Failed(string kind, string message)
        {
            log.WriteLine($"{kind}: {message}");
            return Exit(RunnerProgram.CannotLoad, kind, message);
        }
    }

    /// <summary>No space, over the quota, or over the largest size of a file.</summary>
    private static bool IsDiskFull(IOException exception) => (exception.HResult & 0xFFFF) is 28 or 122 or 27;

    private static ExitFile Exit(int code, string kind, string message) => new(code, null, kind, message, TimeProvider.System.GetUtcNow());
}
