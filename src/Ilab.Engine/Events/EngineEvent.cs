namespace Ilab.Engine.Events;

/// <summary>A service event, as streamed by <c>system events</c>.</summary>
/// <param name="Time">When it happened.</param>
/// <param name="Type">model, job, runner, system.</param>
/// <param name="Action">import, pull, tag, untag, remove, load, unload, create, start, die, ...</param>
/// <param name="Id">Id of the object.</param>
/// <param name="Name">Name of the object, for display.</param>
/// <param name="Attributes">Additional details.</param>
public sealed record EngineEvent(DateTimeOffset Time, string Type, string Action, string Id, string Name, IReadOnlyDictionary<string, string> Attributes);
