using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ilab.Http.Ollama;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(VersionAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(StatusLine))]
[JsonSerializable(typeof(EmbedAnswer))]
[JsonSerializable(typeof(EmbeddingAnswer))]
[JsonSerializable(typeof(OllamaAnswer))]
[JsonSerializable(typeof(ModelEntries<ListedModel>))]
[JsonSerializable(typeof(ModelEntries<RunningModel>))]
[JsonSerializable(typeof(ShowAnswer))]
internal sealed partial class OllamaJson : JsonSerializerContext
{
    /// <summary>Leaves letters beyond ASCII as they are.</summary>
    public static OllamaJson Relaxed { get; } =
        new(
            new JsonSerializerOptions
            {
                PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
                DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
