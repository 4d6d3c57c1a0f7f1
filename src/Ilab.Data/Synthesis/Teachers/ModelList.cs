using System.Text.Json;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>Reads the list of models of a service.</summary>
internal static class ModelList
{
    private static readonly string[] Names = ["max_model_len", "context_length", "context_window", "max_context_length", "n_ctx", "loaded_context_length"];

    /// <returns>The context of a model in tokens; 0 if the list does not tell.</returns>
    public static int ContextOf(string model, string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            var list =
                root.ValueKind == JsonValueKind.Array ? root
                : root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array ? data
                : default;
            if (list.ValueKind != JsonValueKind.Array)
            {
                return 0;
            }

            var found = list.EnumerateArray().FirstOrDefault(entry => IsOf(entry, model));
            return Names.Select(name => Number(found, name)).Concat(Names.Select(name => Number(Inner(found, "meta"), name))).FirstOrDefault(static n => n > 0);
        }
        catch (JsonException)
        {
            return 0;
        }
    }

    private static bool IsOf(JsonElement entry, string model) =>
        entry.ValueKind == JsonValueKind.Object
        && entry.TryGetProperty("id", out var id)
        && id.ValueKind == JsonValueKind.String
        && string.Equals(id.GetString(), model, StringComparison.Ordinal);

    private static JsonElement Inner(JsonElement entry, string name) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty(name, out var inner) ? inner : default;

    private static int Number(JsonElement entry, string name) =>
        Inner(entry, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : 0;
}
