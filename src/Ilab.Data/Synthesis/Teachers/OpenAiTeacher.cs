using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Data.Pipelines;
using Ilab.Engine.Errors;
using Ilab.Jinja;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>A remote OpenAI-compatible API: chat completions, and text completions for raw prompts.</summary>
internal sealed class OpenAiTeacher(HttpClient http, TeacherChoice choice, TimeProvider time) : ITeacher
{
    private const int UsualConcurrency = 8;
    private const int LongestAnswer = 16 << 20;

    private readonly Uri _base = new(choice.Url.TrimEnd('/') + "/");
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(Math.Max(1, choice.TimeoutSeconds));
    private string? _key;

    public Task<int> ConcurrencyAsync(CancellationToken cancellationToken) => Task.FromResult(UsualConcurrency);

    public async Task<TeacherAnswer> AskAsync(TeacherCall call, ulong seed, CancellationToken cancellationToken)
    {
        var isRaw = call.Messages is [{ Role: "raw" }];
        using var limit = new CancellationTokenSource(_timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_base, isRaw ? "completions" : "chat/completions"))
            {
                Content = new StringContent(Body(call, seed, isRaw), Encoding.UTF8, "application/json"),
            };
            if (await KeyAsync(cancellationToken).ConfigureAwait(false) is { Length: > 0 } key)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            }

            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            await response.Content.LoadIntoBufferAsync(LongestAnswer, either.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsStringAsync(either.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? Read(body, isRaw) : throw Failure(response, body);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TeacherUnavailableException($"no answer within {_timeout.TotalSeconds:0} s", isOfCall: true, inner: exception);
        }
        catch (HttpRequestException exception)
        {
            throw new TeacherUnavailableException(exception.InnerException?.Message ?? exception.Message, inner: exception);
        }
    }

    private string Body(TeacherCall call, ulong seed, bool isRaw)
    {
        var body = new JsonObject { ["model"] = choice.Name };
        if (isRaw)
        {
            body["prompt"] = call.Messages[0].Content;
        }
        else
        {
            body["messages"] = new JsonArray([
                .. call.Messages.Select(static message => new JsonObject { ["role"] = message.Role, ["content"] = message.Content }),
            ]);
        }

        body["max_tokens"] = call.Settings.MaxTokens;
        body["temperature"] = call.Settings.Temperature;
        body["seed"] = (long)(seed % int.MaxValue);
        if (call.Settings.TopP is { } topP)
        {
            body["top_p"] = topP;
        }

        if (call.Settings.Stop.Count > 0)
        {
            body["stop"] = new JsonArray([.. call.Settings.Stop.Select(static stop => (JsonNode)stop)]);
        }

        foreach (var (name, value) in call.Settings.Extra)
        {
            body[name] = Values.ToJson(value);
        }

        return body.ToJsonString();
    }

    private static TeacherAnswer Read(string body, bool isRaw)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var choice = document.RootElement.GetProperty("choices")[0];
            if (choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String && reason.GetString() == "content_filter")
            {
                throw new TeacherRefusedException("the answer was blocked by the teacher's content filter");
            }

            var text = isRaw ? choice.GetProperty("text") : choice.GetProperty("message").GetProperty("content");
            if (
                !isRaw
                && choice.GetProperty("message").TryGetProperty("refusal", out var refusal)
                && refusal.ValueKind == JsonValueKind.String
                && refusal.GetString()!.Length > 0
            )
            {
                throw new TeacherRefusedException("the teacher refused to answer");
            }

            var usage = document.RootElement.TryGetProperty("usage", out var used) && used.ValueKind == JsonValueKind.Object ? used : default;
            return new TeacherAnswer(
                text.ValueKind == JsonValueKind.Null ? "" : text.GetString()!,
                Count(usage, "prompt_tokens"),
                Count(usage, "completion_tokens")
            );
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new TeacherUnavailableException("the response is not valid JSON of the expected form", isOfCall: true, inner: exception);
        }
    }

    private static int Count(JsonElement usage, string name) =>
        usage.ValueKind == JsonValueKind.Object
        && usage.TryGetProperty(name, out var count)
        && count.ValueKind == JsonValueKind.Number
        && count.TryGetInt32(out var number)
            ? number
            : 0;

    private Exception Failure(HttpResponseMessage response, string body)
    {
        var status = (int)response.StatusCode;
        var message = $"{status} {response.ReasonPhrase}{Detail(body)}";
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new EngineException(
                ErrorKind.Source,
                $"{_base.Host} denied access: {message}",
                "check the API key: --teacher-key-file, or ILAB_TEACHER_KEY"
            ),
            HttpStatusCode.NotFound => new EngineException(
                ErrorKind.Source,
                $"{_base.Host}: {message}",
                "check the URL, which usually ends with /v1, and the model name"
            ),
            HttpStatusCode.TooManyRequests => new TeacherUnavailableException(message, RetryAfter(response)),
            HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict or (HttpStatusCode)425 => new TeacherUnavailableException(message, RetryAfter(response)),
            _ when status >= 500 => new TeacherUnavailableException(message, RetryAfter(response)),
            _ => new TeacherRefusedException($"the teacher responded {message}"),
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero,
            _ => null,
        };

    private static string Detail(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return
                document.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty("message", out var message)
                ? $": {message.ToString()[..Math.Min(200, message.ToString().Length)]}"
                : "";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return "";
        }
    }

    private async ValueTask<string> KeyAsync(CancellationToken cancellationToken) =>
        _key ??= choice.KeyFile.Length > 0 ? (await File.ReadAllTextAsync(choice.KeyFile, cancellationToken).ConfigureAwait(false)).Trim() : "";
}
