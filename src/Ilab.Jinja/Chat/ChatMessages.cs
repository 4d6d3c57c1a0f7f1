namespace Ilab.Jinja.Chat;

/// <summary>Messages as templates expect them.</summary>
internal static class ChatMessages
{
    private static readonly string[] ReasoningNames = ["reasoning_content", "thinking", "reasoning"];
    private static readonly string[] OfferedNames = ["reasoning_content", "thinking"];

    /// <summary>Without keys whose value is null, with the reasoning under both names; marked unless the system or the model says it.</summary>
    public static object? Prepare(object? message, ControlTokenMarker? marker)
    {
        if (message is not IDictionary<string, object?> given)
        {
            return message;
        }

        var result = new OrderedDictionary<string, object?>();
        foreach (var (key, value) in given.Where(static pair => pair.Value is not null))
        {
            result[key] = value;
        }

        if (ReasoningNames.FirstOrDefault(result.ContainsKey) is { } found)
        {
            foreach (var name in OfferedNames)
            {
                result.TryAdd(name, result[found]);
            }
        }

        var isTrusted = result.GetValueOrDefault("role") is "system" or "developer" or "assistant";
        return marker is null || isTrusted ? result : marker.Mark(result);
    }
}
