using Ilab.Http.Anthropic;
using Ilab.Http.Calls;
using Ilab.Http.Ollama;
using Ilab.Http.OpenAi;

namespace Ilab.Http;

/// <summary>Which API a path belongs to, whether it exists or not.</summary>
internal static class ErrorShapes
{
    private const string Messages = "/v1/messages";

    public static ErrorShape For(string path) =>
        path == "/" || path.StartsWith("/api/", StringComparison.Ordinal) ? OllamaErrors.Instance
        : path == Messages || path.StartsWith(Messages + "/", StringComparison.Ordinal) ? AnthropicErrors.Instance
        : OpenAiErrors.Instance;
}
