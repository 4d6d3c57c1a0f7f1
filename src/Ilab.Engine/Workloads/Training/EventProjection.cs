using System.Globalization;
using System.Text;
using System.Text.Json;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Workloads.Training;

/// <summary>
/// Follows the runner's event log and tells the job what is new in it. The runner's log is the truth; steps that were told before an interruption are done
/// again exactly, and not told again.
/// </summary>
internal sealed class EventProjection(string path, JobContext context, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private readonly bool _isFirst = context.Job.Progress is null;
    private readonly HashSet<string> _others = [];
    private long _known = context.Job.Progress?.Done ?? 0;
    private long _position;
    private long _told;

    /// <summary>The runner's last word, when it has finished.</summary>
    public TrainingEvent? Finished { get; private set; }

    /// <summary>Tells what was added since the last time.</summary>
    public void Advance()
    {
        foreach (var line in NewLines())
        {
            try
            {
                var entry = JsonSerializer.Deserialize(line, TrainingJson.Default.TrainingEvent)!;
                if (entry.Type == TrainingEvent.Step || _others.Add(line))
                {
                    Tell(entry);
                }
            }
            catch (JsonException)
            {
                // The log was cut back to a checkpoint and grew again in between: this is the middle of a line. What is known is not told again.
                _position = 0;
                return;
            }
        }
    }

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
                    context.Log("info", string.Create(
                        CultureInfo.InvariantCulture,
                        $"step {step} of {entry.Steps}: loss {entry.Loss:F4}, learning rate {entry.LearningRate:G3}, gradient {entry.GradientNorm:F3}, {entry.TokensPerSecond:F0} tokens/s"));
                }

                break;
            case TrainingEvent.Evaluation:
                context.Log("info", string.Create(CultureInfo.InvariantCulture, $"step {step}: loss {entry.Loss:F4} on samples that are not trained on"));
                break;
            case TrainingEvent.Resumed:
                context.Log("info", $"going on from the checkpoint of step {step}");
                break;
            case TrainingEvent.Finished:
                context.Log("info", entry.Text ?? "");
                Finished = entry;
                break;
        }
    }

    /// <summary>Whole lines only. A log that became shorter was cut back to a checkpoint: it is read from the start.</summary>
    private string[] NewLines()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _position = file.Length < _position ? 0 : _position;
        file.Position = _position;
        var bytes = new byte[file.Length - _position];
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var end = Array.LastIndexOf(bytes, (byte)'\n', Math.Max(read - 1, 0)) + 1;
        _position += end;
        return Encoding.UTF8.GetString(bytes, 0, end).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
