using Ilab.Executors.Local;
using Ilab.Testing;

namespace Ilab.Executors.Tests.Local;

/// <summary>A training's log becomes reports: each once, whole lines only, whatever is cut back and written again.</summary>
public sealed class TrainingReportsTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void EveryStepIsReportedOnceAndHalfALineNotYet()
    {
        var reports = new TrainingReports(Folder, []);
        Assert.Empty(reports.New());
        Write(Step(1) + Step(2)[..10]);
        Assert.Equal([Step(1)], Lines(reports));
        File.AppendAllText(Log, Step(2)[10..]);
        Assert.Equal([Step(2)], Lines(reports));
        Assert.Empty(reports.New());
    }

    [Fact]
    public void StepsThatAreDoneAgainAfterACheckpointAreNotReportedAgain()
    {
        var reports = new TrainingReports(Folder, []);
        Write(Step(1) + Step(2) + Step(3));
        Assert.Equal(3, Lines(reports).Count);
        Write(Step(1));
        Assert.Empty(reports.New());
        Write(Step(1) + Step(2) + Step(3) + Step(4));
        Assert.Equal([Step(4)], Lines(reports));
    }

    [Fact]
    public void TheNextServiceReportsOnlyWhatTheJournalLacks()
    {
        Write("""{"type":"data","text":"3 samples"}""" + "\n" + Step(1) + Step(2));
        var past = new TrainingReports(Folder, []).New().ToArray();
        Write("""{"type":"data","text":"3 samples"}""" + "\n" + Step(1) + Step(2) + Step(3));
        Assert.Equal([Step(3)], Lines(new TrainingReports(Folder, past)));
    }

    private WorkFolder Folder => new(_root.Path, "0.train");

    private string Log => Path.Combine(Folder.Output, "events.jsonl");

    private static List<string> Lines(TrainingReports reports) => [.. reports.New().Select(static entry => entry.Data + "\n")];

    private static string Step(int number) => $$"""{"type":"step","step":{{number}},"steps":9,"loss":2.5}""" + "\n";

    private void Write(string text)
    {
        Directory.CreateDirectory(Folder.Output);
        File.WriteAllText(Log, text);
    }
}
