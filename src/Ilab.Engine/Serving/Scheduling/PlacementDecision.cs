namespace Ilab.Engine.Serving.Scheduling;

/// <summary>What to do with a request now.</summary>
public abstract record PlacementDecision
{
    private PlacementDecision() { }

    /// <summary>A runner has it (or is loading it).</summary>
    public sealed record Use(string RunnerId) : PlacementDecision;

    /// <summary>There is room.</summary>
    public sealed record Start(PlacementPlan Plan) : PlacementDecision;

    /// <summary>There is room once these idle runners are gone.</summary>
    public sealed record EvictThenStart(IReadOnlyList<string> RunnerIds, PlacementPlan Plan) : PlacementDecision;

    /// <summary>Something will change by itself. <paramref name="Plan"/> is what memory has to be kept for; null = none.</summary>
    public sealed record Wait(string Reason, PlacementPlan? Plan) : PlacementDecision;

    /// <summary>It can never be placed; the reason has the numbers.</summary>
    public sealed record Refuse(string Reason) : PlacementDecision;
}
