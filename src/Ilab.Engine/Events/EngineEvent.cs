namespace Ilab.Engine.Events;

/// <summary>A service event, as streamed by <c>system events</c>.</summary>
/// <param name="Time">When it happened.</param>
/// <param name="Type">model, job, runner, system.</param>
/// <param name="Action">import, pull, tag, untag, remove, load, unload, create, start, die, ...</param>
/// <param name="Id">Id of the object.</param>
/// <param name="Name">Name of the object, for display.</param>
/// <param name="Attributes">Additional details.</param>
public sealed record EngineEvent(DateTimeOffset Time, string Type, string Action, string Id, string Name, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>Attribute with the user id of the object's owner.</summary>
    public const string OwnerKey = "uid";

    /// <summary>The attribute that says whose the object is.</summary>
    public static (string Key, string Value) OwnedBy(uint uid) => (OwnerKey, uid.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
