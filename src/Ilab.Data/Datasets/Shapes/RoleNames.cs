namespace Ilab.Data.Datasets.Shapes;

/// <summary>The roles of messages, and the other names that files have for them.</summary>
internal static class RoleNames
{
    public const string System = "system",
        User = "user",
        Assistant = "assistant",
        Tool = "tool",
        Pretraining = "pretraining";

    /// <summary>The roles as they are stored, the frequent ones first.</summary>
    public static readonly IReadOnlyList<string> Stored = [User, Assistant, System, Tool, Pretraining];

    private static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        [System] = System,
        ["developer"] = System,
        [User] = User,
        ["human"] = User,
        [Assistant] = Assistant,
        ["gpt"] = Assistant,
        ["model"] = Assistant,
        ["bot"] = Assistant,
        ["chatgpt"] = Assistant,
        ["function_call"] = Assistant,
        [Tool] = Tool,
        ["observation"] = Tool,
        ["function"] = Tool,
        ["ipython"] = Tool,
        [Pretraining] = Pretraining,
    };

    /// <exception cref="FormatException">No such role.</exception>
    public static string Canonical(string role, string place) =>
        Known.TryGetValue(role, out var name)
            ? name
            : throw new FormatException($"{place} has the role {role}, expected one of {System}, {User}, {Assistant}, {Tool}, {Pretraining}");
}
