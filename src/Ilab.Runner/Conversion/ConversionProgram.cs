using System.Diagnostics;
using System.Text;
using Ilab.Gguf;
using Ilab.Gguf.Conversion;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Native.OneDnn;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;
using Ilab.Runner.Inference;
using Ilab.Runner.Processes;
using Ilab.Runner.Training.Checkpoints;

namespace Ilab.Runner.Conversion;

/// <summary>
/// Tasks that need native code but no socket: <c>quantize</c>, <c>merge</c> and <c>perplexity</c>. The folder is the contract, as with models that are served:
/// spec and lock
/// before, progress.json on the way, result.json and exit.json at the end.
/// </summary>
internal static class ConversionProgram
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(200);

    public static int Run(string verb, string directory)
    {
        CurrentProcess.LeaveSession();
        CurrentProcess.SetFileModeMask(CurrentProcess.OwnerOnly);
        var bundle = new Bundle(directory);
        using var held = bundle.TryLock();
        if (held is null || bundle.ReadExit() is not null)
        {
            return ExitCodes.AlreadyRunning;
        }

        using var log = new RunnerLogFile(bundle.LogPath);
        bundle.WriteReady(ReadyFiles.Of("", [verb]));
        var lines = new NativeLines(log.WriteLine);
        var exit = RunInOrder(verb, bundle, lines, log);
        bundle.WriteExit(exit);
        return exit.Code;
    }

    private static RunnerExit RunInOrder(string verb, Bundle bundle, NativeLines lines, RunnerLogFile log)
    {
        try
        {
            var spec = bundle.Require(BundleFiles.Spec, TaskJson.Default.TaskSpec);
            NativeLibraries.Load(spec.NativeDirectory ?? Environment.GetEnvironmentVariable("ILAB_LLAMA_DIR") ?? NativeLibraries.DefaultDirectory);
            NativeLog.SendTo(lines.Add);
            if (verb == RunnerKinds.Quantize)
            {
                DoQuantize(spec);
            }
            else if (verb == RunnerKinds.Merge)
            {
                MergedFile.Write(spec.Output, spec.Files, spec.Adapter);
            }
            else
            {
                var threads = NativeProcess.GovernThreads(spec.Threads, spec.Turns);
                GovernedDevice.Register();
                Measure(spec, bundle, threads);
            }

            return Exit(0, "", "");
        }
        catch (RunnerTaskException exception)
        {
            return Exit(ExitCodes.Failed, exception.Kind, exception.Message);
        }
        catch (RunnerException exception)
        {
            return Exit(ExitCodes.Failed, exception.Kind, exception.Message);
        }
        catch (ConversionException exception)
        {
            return Exit(ExitCodes.Failed, RunnerErrors.InvalidArgument, exception.Message);
        }
        catch (LlamaException exception)
        {
            return Exit(
                ExitCodes.Failed,
                RunnerErrors.CannotLoad,
                lines.FirstError is { } reason ? $"{exception.Message}: {reason.Split('\n')[0].Trim()}" : exception.Message
            );
        }
        catch (Exception exception)
        {
            // Whatever it is: whoever waits reads it instead of "died".
            log.WriteLine(exception.ToString());
            return Exit(ExitCodes.Failed, RunnerErrors.Internal, exception.Message);
        }
    }

    private static void DoQuantize(TaskSpec spec)
    {
        var importance = spec.ImportanceMatrix is { } path ? ImportanceMatrix.Read(path) : null;
        LlamaQuantizer.Run(new QuantizeJob(spec.Files[0], spec.Output, spec.FileType, Threads(spec), importance));
    }

    private static void Measure(TaskSpec spec, Bundle bundle, int threads)
    {
        using var model = LlamaModel.Load(spec.Files, 0, static _ => true);
        var result = Perplexity.Measure(model, File.ReadAllText(spec.Text, Encoding.UTF8), spec.ContextLength, threads, Meter(bundle));
        bundle.Write(TaskFiles.Result, result, TaskJson.Default.PerplexityResult);
    }

    /// <summary>Writes progress no more often than it is read.</summary>
    private static Action<int, int> Meter(Bundle bundle)
    {
        var told = long.MinValue;
        return (done, total) =>
        {
            if (told == long.MinValue || done == total || Stopwatch.GetElapsedTime(told) >= TellEvery)
            {
                told = Stopwatch.GetTimestamp();
                bundle.Write(TaskFiles.Progress, new TaskProgress(done, total), TaskJson.Default.TaskProgress);
            }
        };
    }

    private static int Threads(TaskSpec spec) => spec.Threads > 0 ? spec.Threads : Environment.ProcessorCount;

    private static RunnerExit Exit(int code, string kind, string message) =>
        new()
        {
            Code = code,
            ErrorKind = kind,
            Message = message,
            EndedAt = TimeProvider.System.GetUtcNow(),
        };
}
