using System.Globalization;
using System.Text;
using System.Text.Json;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;

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
                if (entry.Type == "step" || _others.Add(line))
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
        switch (entry.Type)
        {
            case "data" or "plan" when _isFirst:
                context.Log("info", entry.Text);
                break;
            case "step" when entry.Step > _known:
                _known = entry.Step;
                context.Progress(new Transfer("", "training", entry.Step, entry.Steps, entry.TokensPerSecond, "steps"));
                if (entry.Step == 1 || entry.Step == entry.Steps || time.GetElapsedTime(_told) > Pause)
                {
                    _told = time.GetTimestamp();
                    context.Log("info", string.Create(
                        CultureInfo.InvariantCulture,
                        $"step {entry.Step} of {entry.Steps}: loss {entry.Loss:F4}, learning rate {entry.LearningRate:G3}, gradient {entry.GradientNorm:F3}, {entry.TokensPerSecond:F0} tokens/s"));
                }

                break;
            case "evaluation":
                context.Log("info", string.Create(CultureInfo.InvariantCulture, $"step {entry.Step}: loss {entry.Loss:F4} on samples that are not trained on"));
                break;
            case "resumed":
                context.Log("info", $"going on from the checkpoint of step {entry.Step}");
                break;
            case "finished":
                context.Log("info", entry.Text);
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
