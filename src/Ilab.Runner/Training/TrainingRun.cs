using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Checkpoints;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Runner.Training.Planning;

namespace Ilab.Runner.Training;

/// <summary>A training run from spec to result: reads the data, resumes from the last checkpoint, trains, writes the result.</summary>
/// <param name="log">Receives diagnostic lines.</param>
/// <param name="told">Called after each event, on the training thread.</param>
/// <param name="available">Available memory in bytes; null = as reported by the system.</param>
internal sealed class TrainingRun(RunnerSpec runner, TrainingSpec spec, Action<string> log, Func<long>? available = null, Action<TrainingEvent>? told = null)
{
    private const int DefaultLength = 2048,
        LengthStep = 32,
        MostThreads = 1024;
    private readonly Func<long> _available = available ?? AvailableMemory.Read;

    /// <returns>False if it was stopped before the end, with a checkpoint.</returns>
    /// <exception cref="RunnerException">With the kind of error.</exception>
    public bool Run(CancellationToken stop)
    {
        if (string.Join("; ", spec.Problems()) is { Length: > 0 } problems)
        {
            throw new RunnerException(RunnerErrors.InvalidArgument, problems);
        }

        LoadLibraries();
        Directory.CreateDirectory(spec.Output);
        using var events = new EventLog(Path.Combine(spec.Output, TrainingFiles.Events), TimeProvider.System, told);
        if (spec.IsOnProcessor)
        {
            var (headers, decoder) = TrainingModel.Read(runner.Model.Files);
            TrainingPlan.Require(TrainingPlan.State([.. headers.Select(static file => file.Header)], decoder, spec), _available(), spec);
        }

        using var model = new TrainingModelFactory(runner, spec, log).Open();
        var (data, length) = ReadData(model.Decoder.ContextLength);
        var identity = Identity(data);
        using var trainer = new Trainer(model, spec, data, length, events);
        var folder = new CheckpointFolder(Path.Combine(spec.Output, TrainingFiles.Checkpoints), spec.KeepCheckpoints);
        var need = TrainingMemory.Of(model, trainer, data.Report);
        var whole = spec.IsOnProcessor ? need.Total : need.OfDevice;
        if (spec.AwaitsMemory && !MemoryRequest.Await(spec.Output, whole, stop))
        {
            return false;
        }

        TrainingPlan.Require(whole - Taken(model), spec.IsOnProcessor ? _available() : model.Backend.FreeMemory, spec);
        var state = folder.Restore(
            model.Parameters,
            identity,
            former => Enumerable.Range(1, MostThreads).Any(threads => Identity(data, $"{threads}") == former)
        );
        if (state is null)
        {
            events.CutTo(0);
            state = new Checkpoint(0, 0, 0, 0, 0, identity);
            model.Adapters?.Initialize(new RandomSource(spec.Seed));
            var plan = new TrainingPlan(whole, trainer.Rehearse());
            if (spec.Start is { } start)
            {
                CheckpointFolder.Restore(start, model.Parameters, null);
            }

            Describe(events, model, data, trainer.Steps, length, plan);
        }
        else
        {
            log($"resumed at step {state.Step}");
            events.CutTo(state.EventBytes);
            events.Add(new TrainingEvent { Type = TrainingEvent.Resumed, StepNumber = state.Step });
        }

        var clock = Stopwatch.StartNew();
        var end = trainer.Run(state, checkpoint => folder.Save(checkpoint, model.Parameters), stop);
        if (end.Step < trainer.Steps)
        {
            return false;
        }

        Finish(events, model, data.Report.AddedTemplate, end, clock.Elapsed.TotalSeconds);
        return true;
    }

    /// <summary>Bytes already used on the device.</summary>
    private long Taken(TrainingModel model) => spec.IsOnProcessor ? CurrentProcess.Resident() : model.Weights.Size + model.Parameters.Size;

    /// <summary>What the run would take, found out without taking it.</summary>
    /// <exception cref="RunnerException">The training is not possible, with the reason.</exception>
    public TrainingNeed Measure()
    {
        if (string.Join("; ", spec.Problems()) is { Length: > 0 } problems)
        {
            throw new RunnerException(RunnerErrors.InvalidArgument, problems);
        }

        LoadLibraries();
        using var model = new TrainingModelFactory(runner, spec, log, isSizing: true).Open();
        var hasData = spec.Data.Length > 0;
        var context = model.Decoder.ContextLength;
        var length = spec.MaxLength > 0 ? spec.MaxLength : Math.Min(DefaultLength, context);
        var (data, longest) = hasData ? ReadData(context) : (TrainingMemory.FullBatch(length, spec.BatchSize), length);
        using var trainer = new Trainer(model, hasData ? spec : spec with { EvaluationSplit = 0 }, data, longest, null);
        return TrainingMemory.Of(model, trainer, hasData ? data.Report : null);
    }

    internal (TrainingData Data, int Length) ReadData(int contextLength)
    {
        using var vocabulary = LlamaModel.LoadVocabulary(runner.Model.Files);
        if (spec.MaxLength > contextLength)
        {
            throw new RunnerException(
                RunnerErrors.InvalidArgument,
                $"sequences of {spec.MaxLength} tokens are longer than the model's context of {contextLength}"
            );
        }

        var longest = spec.MaxLength > 0 ? spec.MaxLength : Math.Min(DefaultLength, contextLength);
        try
        {
            var data = new DataReader(new RecordTokenizer(vocabulary)).Read(spec.Data, spec.DataName, longest);
            var needed = (data.Report.Longest + LengthStep - 1) / LengthStep * LengthStep;
            return (data, spec.MaxLength > 0 ? spec.MaxLength : Math.Min(longest, Math.Max(needed, 256)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RunnerException(RunnerErrors.NotFound, exception.Message);
        }
    }

    private void LoadLibraries()
    {
        try
        {
            NativeLibraries.Load(runner.NativeDirectory ?? Environment.GetEnvironmentVariable("ILAB_LLAMA_DIR") ?? NativeLibraries.DefaultDirectory);
            NativeLog.SendTo((level, line) => log(line));
        }
        catch (LlamaException exception)
        {
            throw new RunnerException(RunnerErrors.CannotLoad, exception.Message);
        }
    }

    /// <param name="threads">Empty; a number in checkpoints of versions whose results depended on the number of threads.</param>
    internal string Identity(TrainingData data, string threads = "")
    {
        var frozen = JsonSerializer.SerializeToUtf8Bytes(
            spec with
            {
                Data = data.Report.Digest,
                DataName = "",
                Output = "",
                Start = spec.Start is null ? null : "start",
                KeepCheckpoints = 0,
                AwaitsMemory = false,
                IsDeviceGiven = false,
                Threads = 0,
            },
            TrainingJson.Default.TrainingSpec
        );
        var sizes = string.Join(',', runner.Model.Files.Select(static file => new FileInfo(file).Length));
        var rest = System.Text.Encoding.UTF8.GetBytes($"{runner.Model.Digest};{sizes};{threads};{NativeLibraries.Version}");
        return Convert.ToHexStringLower(SHA256.HashData([.. frozen, .. rest]));
    }

    private void Describe(EventLog events, TrainingModel model, TrainingData data, int steps, int length, TrainingPlan plan)
    {
        var report = data.Report;
        var cut = report.Cut.Count > 0 ? $"; {report.Cut.Count} were truncated to {length} tokens (lines {string.Join(", ", report.Cut.Take(10))})" : "";
        var template = string.Concat(report.Warnings.Select(static pair => $"; {pair.Value} records: {pair.Key}"));
        template += report.AddedTemplate is null ? "" : "; the model has no chat template: it is given one with plain role prefixes";
        events.Add(
            new TrainingEvent
            {
                Type = TrainingEvent.Data,
                Tokens = report.Tokens,
                Digest = report.Digest,
                Text =
                    $"{report.Samples} samples with {report.Shape}, {report.Tokens} tokens ({report.Shortest} to {report.Longest}, "
                    + $"{report.Mean:F0} on average), "
                    + $"{report.Learned} trained on{cut}{template}",
            }
        );
        events.Add(
            new TrainingEvent
            {
                Type = TrainingEvent.Plan,
                Steps = steps,
                Memory = plan.Memory,
                Remaining = Math.Round(plan.Seconds, 1),
                Text =
                    $"{steps} steps of {spec.BatchSize * spec.Accumulation} sequences of up to {length} tokens; "
                    + $"training {model.Parameters.Elements} parameters of a {model.Decoder.Architecture} model with {model.Decoder.Layers.Count} layers"
                    + $"{(model.Products is { } products ? $", with {products.Name}" : spec.IsOnProcessor ? "" : $", on {model.Backend.Name}")}; {plan}",
            }
        );
    }

    private void Finish(EventLog events, TrainingModel model, string? template, Checkpoint end, double seconds)
    {
        var name = model.Adapters is null || spec.Merge ? TrainingFiles.Model : TrainingFiles.Adapter;
        var path = Path.Combine(spec.Output, name);
        if (model.Adapters is null)
        {
            ModelFile.Write(path, runner.Model.Files[0], model, template);
        }
        else if (spec.Merge)
        {
            MergedFile.Write(path, runner.Model.Files, model, template);
        }
        else
        {
            AdapterFile.Write(path, model, template);
        }

        events.Add(
            new TrainingEvent
            {
                Type = TrainingEvent.Finished,
                StepNumber = end.Step,
                Tokens = end.Tokens,
                File = name,
                Digest = DataReader.DigestOf(path),
                Memory = CurrentProcess.PeakMemory(),
                Text = $"took {TrainingPlan.Time(seconds)}, peak memory {TrainingPlan.Bytes(CurrentProcess.PeakMemory())}",
            }
        );
        events.Sync();
    }
}
