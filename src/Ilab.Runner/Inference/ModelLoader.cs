using Ilab.Gguf;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Loading;
using Ilab.Native.OneDnn;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference.Speculation;
using Ilab.Runner.Processes;

namespace Ilab.Runner.Inference;

/// <summary>Loads the model in the spec. Every file is validated in managed code first: ggml aborts the process on invalid files.</summary>
internal sealed class ModelLoader(RunnerSpec spec, NativeLogLines lines)
{
    /// <summary>Share of the load progress for reading the weights, if they are packed afterwards.</summary>
    private const float LoadingShare = 0.5f;

    private const int KeptSequences = 8;
    private const int MostSequences = 256; // what llama.cpp can do

    /// <param name="progress">Receives the progress, 0 to 1; returning false cancels the load.</param>
    /// <exception cref="RunnerException">With the kind of error.</exception>
    public LoadedModel Load(Func<float, bool> progress)
    {
        CheckFiles(spec.Model);
        if (spec.Draft is { } smaller)
        {
            CheckFiles(smaller);
        }

        try
        {
            NativeLibraries.Load(Directory());
            NativeLog.SendTo(lines.Add);
        }
        catch (LlamaException exception)
        {
            throw new RunnerException(RunnerErrors.CannotLoad, exception.Message);
        }

        var isOnProcessor = !spec.IsOnGpu;
        var threads =
            spec.UsesCpu ? NativeProcess.GovernThreads(spec.Threads, spec.Turns)
            : spec.Threads > 0 ? spec.Threads
            : Environment.ProcessorCount;
        var accelerator = ModelAccelerator.Start(spec.Accelerator, threads, spec.IsOnGpu);
        if (isOnProcessor)
        {
            GovernedDevice.Register();
        }

        LlamaModel? model = null;
        LlamaContext? context = null;
        DraftModel? draft = null;
        try
        {
            var share = accelerator.IsOn ? LoadingShare : 1;
            var free = spec.IsOnGpu ? GgmlDevice.FreeMemoryOf(spec.Device) : 0;
            model = LlamaModel.Load(spec.Model.Files, spec.GpuLayers, fraction => progress(fraction * share), spec.Device);
            var length = spec.ContextLength > 0 ? spec.ContextLength : model.TrainedContextLength;
            var sequences = Sequences(model);
            var options = Options(length, sequences, threads);
            context = LlamaContext.Create(model, options);
            accelerator.Attach(context, spec.Model.Files, fraction => progress(share + (fraction * (1 - share))));
            draft = spec.Draft is null ? null : DraftLoader.Load(spec, model, options, length);
            var taken = spec.IsOnGpu ? Math.Max(0, free - GgmlDevice.FreeMemoryOf(spec.Device)) : 0;
            var info = Describe(model, model.Size + (draft?.Weights ?? 0), accelerator, length, taken);
            return new LoadedModel(model, context, accelerator, length, sequences, info) { Options = options, Draft = draft };
        }
        catch (LlamaException exception)
        {
            Free();
            throw new RunnerException(RunnerErrors.CannotLoad, lines.FirstError is { } reason ? $"{exception.Message}: {reason}" : exception.Message);
        }
        catch (RunnerException)
        {
            Free();
            throw;
        }

        void Free()
        {
            draft?.Dispose();
            context?.Dispose();
            accelerator.Dispose();
            model?.Dispose();
        }
    }

    /// <summary>What the model would take, found out without loading it.</summary>
    /// <exception cref="RunnerException">It cannot be loaded, with the reason.</exception>
    public ServingNeed Size()
    {
        CheckFiles(spec.Model);
        try
        {
            NativeLibraries.Load(Directory());
            NativeLog.SendTo(lines.Add);
            var threads = spec.Threads > 0 ? spec.Threads : Environment.ProcessorCount;
            if (!spec.IsOnGpu)
            {
                ModelAccelerator.Start(spec.Accelerator, threads, onGpu: false); // graphs are laid out for the device that it registers
                GovernedDevice.Register();
            }

            using var model = LlamaModel.LoadForSizing(spec.Model.Files, spec.GpuLayers, spec.Device);
            var length = spec.ContextLength > 0 ? spec.ContextLength : model.TrainedContextLength;
            using var context = LlamaContext.Create(model, Options(length, Sequences(model), threads) with { KeepThreads = false });
            // Without memory, the library counts the buffer that the governed device shares with the CPU for both of them.
            var sharing = GovernedDevice.IsRegistered ? 2 : 1;
            var (host, device) = (context.Memory().FirstOrDefault(static one => one.IsHost), context.Memory().FirstOrDefault(static one => !one.IsHost));
            return new ServingNeed
            {
                Weights = host?.Weights ?? 0,
                Cache = host?.Cache ?? 0,
                Compute = (host?.Compute ?? 0) / sharing,
                DeviceWeights = device?.Weights ?? 0,
                DeviceCache = device?.Cache ?? 0,
                DeviceCompute = device?.Compute ?? 0,
                Draft = spec.Draft is { } draft ? SizeOfDraft(draft, length, threads) : 0,
            };
        }
        catch (LlamaException exception)
        {
            throw new RunnerException(RunnerErrors.CannotLoad, lines.FirstError is { } reason ? $"{exception.Message}: {reason}" : exception.Message);
        }
    }

    private long SizeOfDraft(SpecModel draft, int length, int threads)
    {
        CheckFiles(draft);
        using var model = LlamaModel.LoadForSizing(draft.Files, spec.IsOnGpu ? RunnerSpec.AllLayers : 0, spec.Device);
        using var context = LlamaContext.Create(model, Options(length, spec.Parallel, threads) with { KeepThreads = false });
        var sharing = GovernedDevice.IsRegistered ? 2 : 1;
        return context.Memory().Sum(one => one.Weights + one.Cache + (one.IsHost ? one.Compute / sharing : one.Compute));
    }

    private ContextOptions Options(int length, int sequences, int threads) =>
        new()
        {
            Cells = Math.Max(length, spec.Cells > 0 ? spec.Cells : length * spec.Parallel),
            Sequences = sequences,
            BatchSize = spec.Batch,
            MicroBatchSize = spec.MicroBatch,
            Threads = threads,
            FlashAttention = !spec.IsOnGpu,
            IsGoverned = !spec.IsOnGpu,
        };

    /// <summary>Twice as many as run at once, to keep what others computed; those that run when each sequence takes memory of its own.</summary>
    private int Sequences(LlamaModel model) =>
        model.IsRecurrent ? spec.Parallel : Math.Clamp(spec.Parallel * 2, Math.Min(spec.Parallel + KeptSequences, MostSequences), MostSequences);

    private string Directory() => spec.NativeDirectory ?? Environment.GetEnvironmentVariable("ILAB_LLAMA_DIR") ?? NativeLibraries.DefaultDirectory;

    private static void CheckFiles(SpecModel model)
    {
        if (model.Files.Count == 0)
        {
            throw new RunnerException(RunnerErrors.InvalidModel, "the spec lists no weight files");
        }

        foreach (var file in model.Files)
        {
            try
            {
                using var stream = File.OpenRead(file);
                var header = GgufFile.Read(stream);
                if (file != model.Files[0])
                {
                    continue;
                }

                GgufVocabulary.Check(header, stream);
                if (string.IsNullOrEmpty(header.GetString("general.architecture")))
                {
                    throw new RunnerException(RunnerErrors.InvalidModel, $"{Path.GetFileName(file)}: general.architecture is missing");
                }
            }
            catch (GgufException exception)
            {
                throw new RunnerException(RunnerErrors.InvalidModel, $"{Path.GetFileName(file)}: {exception.Message}");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new RunnerException(RunnerErrors.CannotLoad, exception.Message);
            }
        }
    }

    /// <summary>Bytes of host memory that the process needs now.</summary>
    /// <param name="weights">Bytes of the weights, which are memory-mapped.</param>
    public static ulong Measure(RunnerSpec spec, ulong weights) => (spec.IsOnGpu ? 0 : weights) + (ulong)CurrentProcess.AnonymousMemory();

    /// <param name="weights">Bytes of the weights, with those of the draft model.</param>
    /// <param name="taken">Bytes of GPU memory it uses.</param>
    private ModelInfo Describe(LlamaModel model, ulong weights, ModelAccelerator accelerator, int length, long taken) =>
        new()
        {
            Architecture = model.Metadata("general.architecture") ?? "",
            Description = model.Description,
            Parameters = model.Parameters,
            Weights = weights,
            ContextLength = (uint)length,
            TrainedContextLength = (uint)model.TrainedContextLength,
            Parallel = (uint)spec.Parallel,
            Vocabulary = (uint)model.Vocabulary.Count,
            HasChatTemplate = model.ChatTemplate is not null,
            Device = spec.Device,
            DeviceMemory = (ulong)taken,
            Memory = Measure(spec, weights),
            NativeVersion = NativeLibraries.Version,
            Accelerator = accelerator.Name,
            AcceleratorNote = accelerator.Reason,
            AcceleratorMemory = (ulong)accelerator.Memory,
        };
}

/// <summary>Why a runner failed; the kind is a name of ilab.v1.ErrorKind.</summary>
internal sealed class RunnerException(string kind, string message) : Exception(message)
{
    public string Kind { get; } = kind;
}

/// <summary>Passes llama.cpp's log lines to the runner's log, and keeps the first error to explain a failed load.</summary>
internal sealed class NativeLogLines(Action<string> write)
{
    private const int Error = 4;

    /// <summary>The first error since the start: later ones are its consequences.</summary>
    public string? FirstError { get; private set; }

    public void Add(int level, string line)
    {
        if (level == Error)
        {
            FirstError ??= line.Contains(": ", StringComparison.Ordinal) ? line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..] : line;
        }

        write(line);
    }
}
