using Ilab.Engine.Planning;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Planning;

/// <summary>Speeds from the reports of earlier trainings.</summary>
public sealed class TrainingSpeedsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheFirstStepDoesNotCount() => Assert.Equal(200, TrainingSpeeds.Median(Reports(5, 100, 200, 300)));

    [Fact]
    public void FewStepsSayNothing() => Assert.Null(TrainingSpeeds.Median(Reports(5, 100, 200)));

    [Fact]
    public void ReportsThatAreGoneOrDamagedSayNothing()
    {
        Assert.Null(TrainingSpeeds.Median(Path.Combine(_folder.Path, "absent")));
        Assert.Null(TrainingSpeeds.Median(_folder.File("damaged", "{\"type\": \"st")));
    }

    private string Reports(params double[] rates) =>
        _folder.File(
            "events.jsonl",
            string.Concat([
                "{\"type\":\"plan\"}\n",
                .. rates.Select(static rate => FormattableString.Invariant($"{{\"type\":\"step\",\"tokensPerSecond\":{rate}}}\n")),
            ])
        );
}
