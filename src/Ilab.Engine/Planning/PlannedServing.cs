using Ilab.Engine.Serving.Models;

namespace Ilab.Engine.Planning;

/// <summary>What a model is to be loaded for, and how.</summary>
public sealed record PlannedServing
{
    /// <summary>For people, for example <c>serving</c>.</summary>
    public string Purpose { get; init; } = "serving";

    public required LoadSettings Settings { get; init; }

    /// <summary>Field of a run config that sets the context.</summary>
    public string ContextField { get; init; } = "ilab.context";

    /// <summary>Option of the verb that sets the context; empty = it has none.</summary>
    public string ContextOption { get; init; } = "--ctx";

    /// <summary>What is worth knowing about it, one line each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
