using Ilab.Http.Calls;
using Ilab.Http.OpenAi;

namespace Ilab.Http;

/// <summary>Which API a path belongs to, whether it exists or not.</summary>
internal static class ErrorShapes
{
    public static ErrorShape For(string path) => OpenAiErrors.Instance;
}
