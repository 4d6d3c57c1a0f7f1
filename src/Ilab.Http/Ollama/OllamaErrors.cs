using System.Text.Json;
using Ilab.Http.Calls;

namespace Ilab.Http.Ollama;

/// <summary><c>{"error": "text"}</c>, in a stream as its last line.</summary>
internal sealed class OllamaErrors : ErrorShape
{
    public static OllamaErrors Instance { get; } = new();

    public override byte[] Body(Problem problem, string requestId) =>
        JsonSerializer.SerializeToUtf8Bytes(new ErrorAnswer(problem.Message), OllamaJson.Relaxed.ErrorAnswer);

    public override byte[] InStream(Problem problem, string requestId) => [.. Body(problem, requestId), (byte)'\n'];
}
