using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ilab.Http.Json;

/// <summary>How JSON is written where there is no record for its shape.</summary>
internal static class JsonText
{
    /// <summary>Leaves letters beyond ASCII as they are. What is written may be deeper than what was read, which has up to 64 levels.</summary>
    public static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 256 };
}
