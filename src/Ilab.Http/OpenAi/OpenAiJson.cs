using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilab.Http.OpenAi;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ChatAnswer))]
[JsonSerializable(typeof(TextAnswer))]
[JsonSerializable(typeof(IReadOnlyList<ChatToken>))]
internal sealed partial class OpenAiJson : JsonSerializerContext
{
    /// <summary>Leaves letters beyond ASCII as they are.</summary>
    public static OpenAiJson Relaxed { get; } =
        new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
