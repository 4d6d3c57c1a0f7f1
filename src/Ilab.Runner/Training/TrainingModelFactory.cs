using Ilab.Native.Llama.Ggml;
using Ilab.Native.OneDnn;
using Ilab.Native.OneDnn.Training;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Inference;
using Ilab.Runner.Processes;
using Ilab.Runner.Training.Checkpoints;
using Ilab.Runner.Training.Graph;

namespace Ilab.Runner.Training;

/// <summary>Loads the base model of a training on its backend, with its accelerator.</summary>
/// <param name="log">Receives diagnostic lines.</param>
/// <param name="isSizing">Finds out the memory that model and graphs take, and takes none: nothing can be computed.</param>
internal sealed class TrainingModelFactory(RunnerSpec runner, TrainingSpec spec, Action<string> log, bool isSizing = false)
{
    /// <exception cref="RunnerException">The base model does not support the requested training.</exception>
    /// <exception cref="GgmlException">There is no such device, or it has too little memory.</exception>
    public TrainingModel Open()
    {
        if (spec.IsOnProcessor)
        {
            var threads = NativeProcess.GovernThreads(runner.Threads, runner.Turns);
            var model = Open(isSizing ? GgmlBackend.OpenForSizing(threads) : GgmlBackend.Open(threads));
            model.Products = Accelerate(threads);
            return model;
        }

        var most = runner.Threads > 0 ? runner.Threads : Environment.ProcessorCount;
        return Open(isSizing ? GgmlBackend.OpenForSizing(most, asDevice: true) : GgmlBackend.OpenDevice(spec.Device, most));
    }

    /// <summary>Null if it is unavailable or not wanted: ggml computes everything then.</summary>
    private TrainingProducts? Accelerate(int threads)
    {
        if (runner.Accelerator.Mode == AcceleratorSpec.Off)
        {
            return null;
        }

        var accelerator = Accelerator.TryStart(
            new AcceleratorOptions
            {
                Directory = runner.Accelerator.Directory,
                RecordDirectory = runner.Accelerator.Records,
                Threads = threads,
            },
            out var reason
        );
        if (accelerator?.Library is null)
        {
            log($"not accelerated: {reason}");
            return null;
        }

        var products = new TrainingProducts(accelerator, threads, isShort: spec.Precision != "f32", isSizing);
        log($"accelerated by {products.Name}");
        return products;
    }

    private TrainingModel Open(GgmlBackend backend)
    {
        try
        {
            if (spec.IsWhole)
            {
                return TrainingModel.Whole(backend, runner.Model.Files, spec.Type == "scratch" ? spec.Seed : null);
            }

            var model = TrainingModel.WithAdapters(backend, runner.Model.Files, new LoraOptions(spec.Rank, spec.Alpha, spec.TargetModules, spec.Dropout));
            if (spec.Type == "qlora" && !model.Weights.IsQuantized)
            {
                model.Dispose();
                throw new RunnerException(RunnerErrors.InvalidArgument, "the base is not quantized: train it with --training-type lora, or quantize it first");
            }

            if (spec.Merge)
            {
                MergedFile.Require(model);
            }

            return model;
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }
}
