namespace Ilab.Runner.Inference.Steps;

internal sealed partial class StepPlanner
{
    /// <summary>Steps measured so far.</summary>
    public long Noted { get; private set; }

    /// <summary>What is known, by number of threads.</summary>
    public Dictionary<int, KnownCosts> Export() =>
        _byThreads.ToDictionary(
            static entry => entry.Key,
            static entry => new KnownCosts
            {
                Decoding = entry.Value.Decoding.Export(),
                Checking = entry.Value.Checking.Export(),
                Prompts = entry.Value.Prompts.Export(),
                Mixed = entry.Value.Mixed.Export(),
            }
        );

    /// <summary>Takes what an earlier process measured for known, until steps say otherwise.</summary>
    public void Import(IReadOnlyDictionary<int, KnownCosts> known)
    {
        foreach (var (threads, costs) in known)
        {
            Costs(threads).Decoding.Import(costs.Decoding);
            Costs(threads).Checking.Import(costs.Checking);
            Costs(threads).Prompts.Import(costs.Prompts);
            Costs(threads).Mixed.Import(costs.Mixed);
        }
    }
}

/// <summary>Costs of steps: seconds per row, by rows.</summary>
internal sealed record KnownCosts
{
    public Dictionary<int, double> Decoding { get; set; } = [];

    public Dictionary<int, double> Checking { get; set; } = [];

    public Dictionary<int, double> Prompts { get; set; } = [];

    public Dictionary<int, double> Mixed { get; set; } = [];
}
