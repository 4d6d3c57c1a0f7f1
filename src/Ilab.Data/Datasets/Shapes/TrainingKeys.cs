using System.Text.Json;
using Ilab.Jinja.Chat;

namespace Ilab.Data.Datasets.Shapes;

/// <summary>
/// Checks what a training takes from a record beside roles and texts: flags of messages, tools, documents and variables of the template. Nothing is stored that
/// a training would refuse.
/// </summary>
internal static class TrainingKeys
{
    /// <param name="record">With <c>messages</c> in their stored form.</param>
    /// <exception cref="FormatException">Describes the problem, as the training would.</exception>
    public static void Check(JsonElement record)
    {
        var (tools, documents, variables) = (Text(record, "tools"), Text(record, "documents"), Text(record, "chat_template_kwargs"));
        if (tools.Length + documents.Length + variables.Length > 0)
        {
            ChatJson.Conversation([], tools, documents, variables);
        }

        var all = record.TryGetProperty("unmask", out var unmask) && unmask.ValueKind == JsonValueKind.True;
        var isLearned = false;
        foreach (var (index, message) in record.GetProperty("messages").EnumerateArray().Index())
        {
            var flag = LearnedFlag.Of(message, $"message {index + 1}");
            var role = message.GetProperty("role");
            isLearned |=
                role.ValueEquals(RoleNames.Pretraining) || (flag ?? (role.ValueEquals(RoleNames.Assistant) || (all && !role.ValueEquals(RoleNames.System))));
        }

        if (!isLearned)
        {
            throw new FormatException("there is no assistant message to train on");
        }
    }

    private static string Text(JsonElement record, string key) => record.TryGetProperty(key, out var value) ? ChatJson.TextOf(value) : "";
}
