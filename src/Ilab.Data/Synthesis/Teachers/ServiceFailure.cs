using System.Text.RegularExpressions;
using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>What an error response of a service means: wait, give up this request, or give up all.</summary>
internal static partial class ServiceFailure
{
    private const string ContentFilter = "content_filter";

    /// <param name="wait">What the service asks to wait, if it does.</param>
    /// <param name="location">Where it redirects to, if it does.</param>
    public static Exception Of(Uri service, string model, ServiceError error, RequestSize size, TimeSpan? wait, Uri? location)
    {
        if (size.IsExceeded(error))
        {
            var text = $"the request is too large for {model}: {error.Message.TrimEnd('.')} (sent: {size})";
            return new TeacherRefusedException(text)
            {
                IsCertain = true,
                OfEveryCall = Fatal(text, "lower max_tokens in the pipeline, use a smaller --chunk-tokens, or a teacher that takes larger requests"),
            };
        }

        if (error.Code.Contains(ContentFilter, StringComparison.Ordinal) || error.Code.Contains("content_policy", StringComparison.Ordinal))
        {
            return new TeacherRefusedException(ServiceAnswer.Filtered);
        }

        return error.Status switch
        {
            401 or 403 => Fatal($"{service.Host} denied access: {error.Message}", "check the API key: --teacher-key-file, or ILAB_TEACHER_KEY"),
            402 or 429 when error.Status == 402 || Quota().IsMatch($"{error.Code} {error.Text}") => Fatal(
                $"the quota at {service.Host} is used up: {error.Message}",
                "add credit or raise the quota there, then resume with --continue and this job's id"
            ),
            404 or 405 or 410 => Fatal($"{service.Host}: {error.Message}", "check the URL, which usually ends with /v1, and the model name"),
            >= 300 and < 400 => Fatal(
                $"{service.Host} redirects{(location is null ? "" : $" to {location}")}: {error.Message}",
                "use that address as --teacher-url"
            ),
            400 or 422 when Key().IsMatch($"{error.Code} {error.Text}") => Fatal(
                $"{service.Host} denied access: {error.Message}",
                "check the API key: --teacher-key-file, or ILAB_TEACHER_KEY"
            ),
            400 or 422 when Model().IsMatch($"{error.Code} {error.Text}") => Fatal($"{service.Host}: {error.Message}", $"check the model name {model}"),
            408 or 409 or 425 or 429 => new TeacherUnavailableException(error.Message, wait),
            503 => new TeacherUnavailableException(error.Message, wait),
            501 => Fatal($"{service.Host}: {error.Message}", "check the URL, which usually ends with /v1"),
            >= 500 => new TeacherUnavailableException(error.Message, wait),
            _ => new TeacherRefusedException($"the teacher responded {error.Message}")
            {
                OfEveryCall = Fatal($"{model} refuses every request: {error.Message}", "change the gen_kwargs of the pipeline, or use another teacher"),
            },
        };
    }

    private static EngineException Fatal(string message, string hint) => new(ErrorKind.Source, message, hint);

    [GeneratedRegex("insufficient_quota|billing|credit balance|exceeded your current quota", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Quota();

    [GeneratedRegex("invalid_api_key|api key not valid|(incorrect|invalid) api key", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Key();

    [GeneratedRegex(
        @"model_not_found|invalid_model|(unknown|no such|invalid) model\b|model\b.{0,80}(does not exist|not found|not a valid)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Model();
}
