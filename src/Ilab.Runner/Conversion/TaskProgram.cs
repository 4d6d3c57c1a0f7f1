using Ilab.Gguf.Conversion;
using Ilab.Native.Llama;
using Ilab.Posix.Files;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;
using Ilab.Runner.Inference;
using Ilab.Runner.Processes;

namespace Ilab.Runner.Conversion;

/// <summary>
/// Tasks, which have no socket: <c>convert</c>, <c>quantize</c>, <c>merge</c> and <c>perplexity</c>. The folder is the contract, as with models that
/// are served: spec and lock before, progress.json on the way, result.json and exit.json at the end.
/// </summary>
internal static class TaskProgram
{
    public static async Task<int> RunAsync(string verb, string directory)
    {
        CurrentProcess.LeaveSession();
        CurrentProcess.SetFileModeMask(CurrentProcess.OwnerOnly);
        var bundle = new Bundle(directory);
        using var held = await bundle.LockAsync();
        if (held is null || bundle.ReadExit() is not null)
        {
            return ExitCodes.AlreadyRunning;
        }

        using var log = new RunnerLogFile(bundle.LogPath);
        bundle.WriteReady(ReadyFiles.Of("", [verb]));
        var exit = RunInOrder(verb, bundle, log);
        bundle.WriteExit(exit);
        return exit.Code;
    }

    private static RunnerExit RunInOrder(string verb, Bundle bundle, RunnerLogFile log)
    {
        var lines = new NativeLogLines(log.WriteLine);
        try
        {
            var spec = bundle.Require(BundleFiles.Spec, TaskJson.Default.TaskSpec);
            var progress = new ProgressFile(bundle);
            if (verb == RunnerKinds.Convert)
            {
                if (FormatConversion.Run(spec, progress.Tell) is { } written)
                {
                    bundle.Write(TaskFiles.Result, written, TaskJson.Default.WrittenFile);
                }
            }
            else
            {
                NativeTasks.Run(verb, spec, bundle, lines, progress.Tell);
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
            return Exit(ExitCodes.Failed, KindOf(verb, exception), exception.Message, exception.Hint);
        }
        catch (LlamaException exception)
        {
            return Exit(
                ExitCodes.Failed,
                RunnerErrors.CannotLoad,
                lines.FirstError is { } reason ? $"{exception.Message}: {reason.Split('\n')[0].Trim()}" : exception.Message
            );
        }
        catch (IOException exception) when (FileSystem.IsDiskFull(exception))
        {
            return Exit(
                ExitCodes.Failed,
                RunnerErrors.DiskFull,
                $"no space left in {bundle.Directory}",
                "free some with 'ilab system prune', or move the store"
            );
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return Exit(ExitCodes.Failed, RunnerErrors.NotFound, exception.Message);
        }
        catch (Exception exception)
        {
            // Whatever it is: whoever waits reads it instead of "died".
            log.WriteLine(exception.ToString());
            return Exit(ExitCodes.Failed, RunnerErrors.Internal, exception.Message);
        }
    }

    // What is converted is a model; other tasks read an importance matrix or an adapter, which was named beside it.
    private static string KindOf(string verb, ConversionException exception) =>
        verb != RunnerKinds.Convert ? RunnerErrors.InvalidArgument
        : exception.IsUnsupported ? RunnerErrors.Unsupported
        : RunnerErrors.InvalidModel;

    private static RunnerExit Exit(int code, string kind, string message, string hint = "") =>
        new()
        {
            Code = code,
            ErrorKind = kind,
            Message = message,
            Hint = hint,
            EndedAt = TimeProvider.System.GetUtcNow(),
        };
}
