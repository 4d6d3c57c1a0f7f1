using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ilab.Gguf;
using Ilab.Gguf.Conversion;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Native.OneDnn;
using Ilab.Posix.Processes;
using Ilab.Runner.Hosting;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Checkpoints;

namespace Ilab.Runner.Conversion;

/// <summary>
/// Tasks that need native code but no socket: <c>quantize</c>, <c>merge</c> and <c>perplexity</c>. The folder is the contract, as with models that are served: spec and lock
/// before, progress.json on the way, result.json and exit.json at the end.
/// </summary>
internal static class ConversionProgram
{
    public const string Quantize = "quantize", Merge = "merge", PerplexityOf = "perplexity";
    private const int Failed = 3, AlreadyRunning = 4;

    public static int Run(string verb, string directory)
    {
        CurrentProcess.LeaveSession();
        CurrentProcess.SetFileModeMask(CurrentProcess.OwnerOnly);
        var bundle = new Bundle(directory);
        using var held = bundle.TryLock();
        if (held is null)
        {
            return AlreadyRunning;
        }

        using var log = new RunnerLogFile(bundle.LogPath);
        bundle.WriteReady(new ReadyFile(RunnerSpec.ProtocolVersion, Environment.ProcessId, CurrentProcess.StartTime(), Boot.Id, "", [verb]));
        var lines = new NativeLines(log.WriteLine);
        var exit = RunInOrder(verb, bundle.Directory, lines, log);
        bundle.WriteExit(exit);
        return exit.Code;
    }

    private static ExitFile RunInOrder(string verb, string folder, NativeLines lines, RunnerLogFile log)
    {
        try
        {
            var spec = TaskSpec.Read(folder);
            NativeLibraries.Load(spec.NativeDirectory ?? Environment.GetEnvironmentVariable("ILAB_LLAMA_DIR") ?? NativeLibraries.DefaultDirectory);
            NativeLog.SendTo(lines.Add);
            if (verb == Quantize)
            {
                DoQuantize(spec);
            }
            else if (verb == Merge)
            {
                MergedFile.Write(spec.Output, spec.Files, spec.Adapter);
            }
            else
            {
                var threads = NativeProcess.GovernThreads(spec.Threads, spec.Turns);
                GovernedDevice.Register();
                Measure(spec, folder, threads);
            }

            return Exit(0, "", "");
        }
        catch (RunnerTaskException exception)
        {
            return Exit(Failed, exception.Kind, exception.Message);
        }
        catch (RunnerException exception)
        {
            return Exit(Failed, exception.Kind, exception.Message);
        }
        catch (ConversionException exception)
        {
            return Exit(Failed, "INVALID_ARGUMENT", exception.Message);
        }
        catch (LlamaException exception)
        {
            return Exit(Failed, "CANNOT_LOAD", lines.FirstError is { } reason ? $"{exception.Message}: {reason.Split('\n')[0].Trim()}" : exception.Message);
        }
        catch (Exception exception)
        {
            // Whatever it is: whoever waits reads it instead of "died".
            log.WriteLine(exception.ToString());
            return Exit(Failed, "INTERNAL", exception.Message);
        }
    }

    private static void DoQuantize(TaskSpec spec)
    {
        var importance = spec.ImportanceMatrix is { } path ? ImportanceMatrix.Read(path) : null;
        LlamaQuantizer.Run(new QuantizeJob(spec.Files[0], spec.Output, spec.FileType, Threads(spec), importance));
    }

    private static void Measure(TaskSpec spec, string folder, int threads)
    {
        using var model = LlamaModel.Load(spec.Files, 0, static _ => true);
        var result = Perplexity.Measure(model, File.ReadAllText(spec.Text, Encoding.UTF8), spec.ContextLength, threads, (done, total) => Write(folder, "progress.json", new TaskProgress(done, total), ConversionJson.Default.TaskProgress));
        Write(folder, "result.json", result, ConversionJson.Default.PerplexityResult);
    }

    private static int Threads(TaskSpec spec) => spec.Threads > 0 ? spec.Threads : Environment.ProcessorCount;

    private static void Write<T>(string folder, string name, T value, JsonTypeInfo<T> type)
    {
        var temporary = Path.Combine(folder, $".{name}.tmp");
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, value, type);
        }

        File.Move(temporary, Path.Combine(folder, name), overwrite: true);
    }

    private static ExitFile Exit(int code, string kind, string message) => new(code, null, kind, message, TimeProvider.System.GetUtcNow());
}
