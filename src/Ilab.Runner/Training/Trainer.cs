using System.Diagnostics;
using Ilab.Native.Llama.Ggml;
using Ilab.Posix.Processes;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Checkpoints;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Runner.Training.Optimization;
using Ilab.Runner.Training.Planning;

namespace Ilab.Runner.Training;

/// <summary>Runs the training steps. A step depends only on the spec, the data and its number, so an interrupted run ends like an unbroken one.</summary>
internal sealed class Trainer : IDisposable
{
    /// <summary>Share of the forward pass in the time of a step.</summary>
    private const double ForwardShare = 1 / 3.0;

    private readonly TrainingModel _model;
    private readonly TrainingSpec _spec;
    private readonly EventLog? _events;
    private readonly BatchPlan _plan;
    private readonly BatchPlan? _evaluation;
    private readonly AdamW _optimizer;
    private readonly GgmlGraphMemory _memory;
    private readonly LearningRate _rate;
    private IBatchGraph? _graph;

    /// <param name="events">Receives the steps; null = only what a training takes is found out.</param>
    public Trainer(TrainingModel model, TrainingSpec spec, TrainingData data, int length, EventLog? events)
    {
        (_model, _spec, _events) = (model, spec, events);
        var order = new RandomSource(~spec.Seed).Permutation(data.Samples.Count);
        var held = (int)(data.Samples.Count * spec.EvaluationSplit);
        _plan = new BatchPlan([.. order.Skip(held).Order().Select(index => data.Samples[index])], length, spec.BatchSize, spec.Seed);
        _evaluation = held > 0 ? new BatchPlan([.. order.Take(held).Order().Select(index => data.Samples[index])], length, spec.BatchSize, 0) : null;
        Steps = spec.Steps > 0 ? spec.Steps : Math.Max(1, (BatchesOf(spec.Epochs) + spec.Accumulation - 1) / spec.Accumulation);
        _rate = new LearningRate(spec.LearningRate, spec.Schedule, Math.Min(spec.WarmupSteps, Steps), Steps);
        _optimizer = new AdamW(model, spec);
        _memory = new GgmlGraphMemory(model.Backend);
    }

    public int Steps { get; }

    /// <summary>Builds the largest graph that will be needed, without touching its memory.</summary>
    /// <returns>The shape of the batch; bytes of the graph with its inputs, of the inputs alone, which have their memory already, and of an update.</returns>
    public (BatchShape Largest, long Activations, long Inputs, long Optimizer) Prepare()
    {
        var graph = Graph(_plan.Get(0, _plan.Largest()).Shape);
        return (graph.Shape, _memory.Size + graph.Size, graph.Size, _optimizer.Size);
    }

    /// <summary>Tokens of all steps, without padding.</summary>
    public long Tokens => Steps * (long)_spec.Accumulation * _plan.Used(0) / Math.Max(1, _plan.Count(0));

    /// <summary>
    /// Computes the largest batch repeatedly until its time is stable. Only before training starts: parameters and moments are unchanged.
    /// </summary>
    /// <returns>Estimated seconds for all steps.</returns>
    public double Rehearse()
    {
        var batch = _plan.Get(0, _plan.Largest());
        var graph = Graph(batch.Shape);
        var compute = StepTimer.Settled(() => graph.Compute(batch, 0));
        _model.Parameters.ClearGradients();
        var update = StepTimer.Settled(() => _optimizer.Step(0, 0));
        var share = _plan.Filled(0) / ((double)batch.Shape.Length * batch.Shape.Sequences * _plan.Count(0));
        var evaluations = _evaluation is null
            ? 0
            : _evaluation.Count(0) * (_spec.CheckpointInterval > 0 ? (Steps + _spec.CheckpointInterval - 1) / _spec.CheckpointInterval : 1);
        return (Steps * ((compute * share * _spec.Accumulation) + update)) + (evaluations * compute * ForwardShare);
    }

    /// <param name="state">Where to start.</param>
    /// <param name="checkpoint">Writes a checkpoint.</param>
    /// <param name="stop">Checked between steps: stops with a checkpoint.</param>
    /// <returns>Where it ended.</returns>
    /// <exception cref="RunnerException">INVALID_ARGUMENT: the loss is no longer a finite number.</exception>
    public Checkpoint Run(Checkpoint state, Func<Checkpoint, string> checkpoint, CancellationToken stop)
    {
        while (state.Step < Steps && !stop.IsCancellationRequested)
        {
            state = Step(state);
            var isLast = state.Step == Steps;
            if (isLast || stop.IsCancellationRequested || (_spec.CheckpointInterval > 0 && state.Step % _spec.CheckpointInterval == 0))
            {
                Evaluate(state);
                _events?.Sync();
                state = state with { EventBytes = _events?.Length ?? 0 };
                var file = checkpoint(state);
                _events?.Add(
                    new TrainingEvent
                    {
                        Type = TrainingEvent.Checkpoint,
                        StepNumber = state.Step,
                        File = Path.GetFileName(file),
                    }
                );
            }
        }

        return state;
    }

    public void Dispose()
    {
        _graph?.Dispose();
        _memory.Dispose();
        _optimizer.Dispose();
    }

    private Checkpoint Step(Checkpoint state)
    {
        var clock = Stopwatch.StartNew();
        var places = new (int Epoch, int Batch)[_spec.Accumulation];
        var next = (state.Epoch, state.Batch);
        for (var index = 0; index < places.Length; index++)
        {
            next = next.Batch < _plan.Count(next.Epoch) ? next : (next.Epoch + 1, 0);
            places[index] = next;
            next.Batch++;
        }

        var batches = Array.ConvertAll(places, place => _plan.Get(place.Epoch, place.Batch));
        var learned = batches.Sum(static batch => (long)batch.Learned);
        _model.Parameters.ClearGradients();
        var loss = batches.Zip(places).Sum(part => Graph(part.First.Shape).Compute(part.First, 1f / learned, part.Second)) / learned;
        var rate = _rate.At(state.Step);
        var norm = double.IsFinite(loss) ? _optimizer.Step(state.Step, rate) : double.NaN;
        if (!double.IsFinite(norm))
        {
            var lines = string.Join(", ", places.SelectMany(place => _plan.Lines(place.Epoch, place.Batch)).Distinct().Take(8));
            throw new RunnerException(
                RunnerErrors.InvalidArgument,
                $"the loss is not a number at step {state.Step + 1} (lines {lines} of the data); the last checkpoint is kept: lower the learning rate (now {rate:G3}), or check these lines"
            );
        }

        var used = batches.Sum(static batch => batch.Used);
        var done = state with { Step = state.Step + 1, Epoch = next.Epoch, Batch = next.Batch, Tokens = state.Tokens + used };
        _events?.Add(
            new TrainingEvent
            {
                Type = TrainingEvent.Step,
                StepNumber = done.Step,
                Steps = Steps,
                Epoch = Math.Round(done.Epoch + ((double)done.Batch / _plan.Count(done.Epoch)), 3),
                Loss = loss,
                LearningRate = rate,
                GradientNorm = norm,
                Tokens = done.Tokens,
                TokensPerSecond = Math.Round(used / clock.Elapsed.TotalSeconds, 1),
                Remaining = Math.Round(clock.Elapsed.TotalSeconds * (Steps - done.Step), 1),
                Memory = CurrentProcess.PeakMemory(),
            }
        );
        return done;
    }

    private void Evaluate(Checkpoint state)
    {
        if (_evaluation is null)
        {
            return;
        }

        var (sum, count) = (0.0, 0L);
        for (var index = 0; index < _evaluation.Count(0); index++)
        {
            var batch = _evaluation.Get(0, index);
            using var graph = new TrainingGraph(_model, batch.Shape, _memory, forwardOnly: true);
            sum += graph.Compute(batch, 1);
            count += batch.Learned;
        }

        // Another graph used the memory in between.
        _graph?.Dispose();
        _graph = null;
        _events?.Add(
            new TrainingEvent
            {
                Type = TrainingEvent.Evaluation,
                StepNumber = state.Step,
                Loss = sum / count,
            }
        );
    }

    /// <summary>Reuses the last graph if the shape is the same; otherwise builds a new one in the same memory.</summary>
    private IBatchGraph Graph(BatchShape shape)
    {
        if (_graph?.Shape != shape)
        {
            _graph?.Dispose();
            _graph = _spec.GradientCheckpointing ? new CheckpointedGraph(_model, shape, _memory) : new TrainingGraph(_model, shape, _memory);
        }

        return _graph;
    }

    private int BatchesOf(double epochs)
    {
        var whole = Enumerable.Range(0, (int)epochs).Sum(_plan.Count);
        return whole + (int)Math.Ceiling((epochs - (int)epochs) * _plan.Count((int)epochs));
    }
}
