namespace Ilab.Engine.Serving.Scheduling;

/// <summary>What to do with a request now.</summary>
public abstract record PlacementDecision
{
    private PlacementDecision() { }

    /// <summary>A runner serves the model, or is loading it.</summary>
    public sealed record Use(string RunnerId) : PlacementDecision;

    /// <summary>There is enough free memory.</summary>
    public sealed record Start(PlacementPlan Plan) : PlacementDecision;

    /// <summary>There is enough memory once these idle runners are gone.</summary>
    public sealed record EvictThenStart(IReadOnlyList<string> RunnerIds, PlacementPlan Plan) : PlacementDecision;

    /// <summary>Resources will become available. <paramref name="Plan"/> is the plan to reserve memory for; null = none.</summary>
    public sealed record Wait(string Reason, PlacementPlan? Plan) : PlacementDecision;

    /// <summary>It can never be placed; the reason states the numbers.</summary>
    public sealed record Refuse(string Reason) : PlacementDecision;
}
