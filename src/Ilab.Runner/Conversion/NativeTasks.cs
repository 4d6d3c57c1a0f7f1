using System.Text;
using Ilab.Gguf;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Native.OneDnn;
using Ilab.Posix.Files;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;
using Ilab.Runner.Inference;
using Ilab.Runner.Processes;
using Ilab.Runner.Training.Checkpoints;

namespace Ilab.Runner.Conversion;

/// <summary>Tasks that need native code: <c>quantize</c>, <c>merge</c> and <c>perplexity</c>.</summary>
internal static class NativeTasks
{
    /// <summary>Returns when the output is on disk.</summary>
    /// <param name="progress">Told what is done and how much there is, in units of the task.</param>
    public static void Run(string verb, TaskSpec spec, Bundle bundle, NativeLogLines lines, Action<long, long> progress)
    {
        NativeLibraries.Load(spec.NativeDirectory ?? Environment.GetEnvironmentVariable("ILAB_LLAMA_DIR") ?? NativeLibraries.DefaultDirectory);
        NativeLog.SendTo(lines.Add);
        switch (verb)
        {
            case RunnerKinds.Quantize:
                var importance = spec.ImportanceMatrix is { } path ? ImportanceMatrix.Read(path) : null;
                LlamaQuantizer.Run(new QuantizeJob(spec.Files[0], spec.Output, spec.FileType, Threads(spec), importance));
                FileSystem.SyncFile(spec.Output);
                FileSystem.SyncDirectory(Path.GetDirectoryName(spec.Output)!);
                break;
            case RunnerKinds.Merge:
                MergedFile.Write(spec.Output, spec.Files, spec.Adapter);
                FileSystem.SyncDirectory(Path.GetDirectoryName(spec.Output)!);
                break;
            default:
                var threads = NativeProcess.GovernThreads(spec.Threads, spec.Turns);
                GovernedDevice.Register();
                Measure(spec, bundle, threads, progress);
                break;
        }
    }

    private static void Measure(TaskSpec spec, Bundle bundle, int threads, Action<long, long> progress)
    {
        using var model = LlamaModel.Load(spec.Files, 0, static _ => true);
        var text = File.ReadAllText(spec.Text, Encoding.UTF8);
        var result = Perplexity.Measure(model, text, spec.ContextLength, threads, (done, total) => progress(done, total));
        bundle.Write(TaskFiles.Result, result, TaskJson.Default.PerplexityResult);
    }

    private static int Threads(TaskSpec spec) => spec.Threads > 0 ? spec.Threads : Environment.ProcessorCount;
}
