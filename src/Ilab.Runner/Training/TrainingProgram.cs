using System.Runtime.InteropServices;
using System.Text.Json;
using Ilab.Gguf;
using Ilab.Native.Llama.Ggml;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Inference;
using Ilab.Runner.Processes;

namespace Ilab.Runner.Training;

/// <summary>Lifecycle of a training runner: it reports through files only, so that it does not depend on a listener.</summary>
internal static class TrainingProgram
{
    /// <returns>How the run ended: 0 finished, 3 failed, 5 stopped with a checkpoint.</returns>
    public static async Task<RunnerExit> RunAsync(Bundle bundle, RunnerLogFile log)
    {
        using var stop = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal));
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal));
        try
        {
            var runner = bundle.Require(BundleFiles.Spec, BundleJson.Default.RunnerSpec);
            var spec = runner.Training ?? throw new RunnerException(RunnerErrors.Internal, "the bundle's spec does not describe a training");
            bundle.WriteReady(ReadyFiles.Of("", ["train"]));
            var run = new TrainingRun(runner, spec, log.WriteLine);
            var isDone = await Task.Factory.StartNew(() => run.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return isDone ? Exit(0, "", "trained") : Exit(ExitCodes.Stopped, "", "stopped with a checkpoint");
        }
        catch (RunnerException exception)
        {
            return Failed(exception.Kind, exception.Message);
        }
        catch (Exception exception) when (exception is JsonException or GgufException or GgmlException)
        {
            return Failed(RunnerErrors.Internal, exception.Message);
        }
        catch (IOException exception)
        {
            return Failed(IsDiskFull(exception) ? RunnerErrors.DiskFull : RunnerErrors.Internal, exception.Message);
        }
        catch (Exception exception)
        {
            log.WriteLine(exception.ToString());
            return Failed(RunnerErrors.Internal, exception.Message);
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        RunnerExit Failed(string kind, string message)
        {
            log.WriteLine($"{kind}: {message}");
            return Exit(ExitCodes.Failed, kind, message);
        }
    }

    /// <summary>The disk is full, a quota is exceeded, or the maximum file size.</summary>
    private static bool IsDiskFull(IOException exception) => (exception.HResult & 0xFFFF) is 28 or 122 or 27;

    private static RunnerExit Exit(int code, string kind, string message) =>
        new()
        {
            Code = code,
            ErrorKind = kind,
            Message = message,
            EndedAt = TimeProvider.System.GetUtcNow(),
        };
}
