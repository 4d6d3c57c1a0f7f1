namespace Ilab.Engine.Events;

/// <summary>Something that happened, for people and programs that watch.</summary>
/// <param name="Time">When.</param>
/// <param name="Type">model, job, runner, system.</param>
/// <param name="Action">import, pull, tag, untag, remove, load, unload, create, start, die, ...</param>
/// <param name="Id">Of the thing.</param>
/// <param name="Name">Of the thing, for people.</param>
/// <param name="Attributes">More about it.</param>
public sealed record EngineEvent(DateTimeOffset Time, string Type, string Action, string Id, string Name, IReadOnlyDictionary<string, string> Attributes);
