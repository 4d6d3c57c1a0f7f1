using System.Globalization;
using System.Text.Json;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>
/// Maps training reports to the job's log and progress. After an interruption, reports are observed again, but steps already reported are not repeated.
/// </summary>
internal sealed class EventProjection(JobContext context, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private readonly bool _isFirst = context.Job.Progress is null;
    private long _known = context.Job.Progress?.Done ?? 0;
    private long _told;

    /// <param name="line">A <see cref="TrainingEvent"/> as JSON.</param>
    public void Tell(string line) => Tell(JsonSerializer.Deserialize(line, TrainingJson.Default.TrainingEvent)!);

    private void Tell(TrainingEvent entry)
    {
        var step = entry.StepNumber ?? 0;
        switch (entry.Type)
        {
            case TrainingEvent.Data or TrainingEvent.Plan when _isFirst:
                context.Log("info", entry.Text ?? "");
                break;
            case TrainingEvent.Step when step > _known:
                _known = step;
                context.Progress(new Transfer("", "training", step, entry.Steps ?? 0, entry.TokensPerSecond ?? 0, "steps"));
                if (step == 1 || step == entry.Steps || time.GetElapsedTime(_told) > Pause)
                {
                    _told = time.GetTimestamp();
                    context.Log(
                        "info",
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"step {step} of {entry.Steps}: loss {entry.Loss:F4}, learning rate {entry.LearningRate:G3}, gradient {entry.GradientNorm:F3}, {entry.TokensPerSecond:F0} tokens/s"
                        )
                    );
                }

                break;
            case TrainingEvent.Evaluation:
                context.Log("info", string.Create(CultureInfo.InvariantCulture, $"step {step}: validation loss {entry.Loss:F4}"));
                break;
            case TrainingEvent.Resumed:
                context.Log("info", $"resuming from the checkpoint of step {step}");
                break;
            case TrainingEvent.Finished:
                context.Log("info", entry.Text ?? "");
                break;
        }
    }
}
