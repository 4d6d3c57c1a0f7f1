using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Ilab.Data.Pipelines;
using Ilab.Data.Synthesis.Documents;
using Ilab.Jinja;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>A remote OpenAI-compatible API: chat completions, and text completions for raw prompts.</summary>
internal sealed class OpenAiTeacher(HttpClient http, TeacherChoice choice, string key, TimeProvider time, Action<string, string> log) : ITeacher
{
    private const int UsualConcurrency = 8;
    private const int LongestAnswer = 16 << 20;
    private const int MostAdaptations = 20;
    private const int LeastAnswer = 16;
    private static readonly TimeSpan LongestQuestion = TimeSpan.FromSeconds(10);

    private readonly Uri _base = new(choice.Url.TrimEnd('/') + "/");
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(Math.Max(1, choice.TimeoutSeconds));
    private readonly RequestShape _shape = new(choice.Name, log);
    private int? _context;

    public Task<int> ConcurrencyAsync(CancellationToken cancellationToken) => Task.FromResult(UsualConcurrency);

    /// <summary>As the list of models tells, where a service has such a list.</summary>
    public async Task<int> ContextAsync(CancellationToken cancellationToken)
    {
        if (_context is { } known)
        {
            return known;
        }

        using var limit = new CancellationTokenSource(_timeout < LongestQuestion ? _timeout : LongestQuestion, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var (response, body) = await SendAsync(HttpMethod.Get, "models", null, either.Token).ConfigureAwait(false);
            using (response)
            {
                _context = response.IsSuccessStatusCode ? ModelList.ContextOf(choice.Name, body) : 0;
            }
        }
        catch (Exception exception)
            when (exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _context = 0; // calls find out whether the service is there at all
        }

        return _context.Value;
    }

    public async Task<TeacherAnswer> AskAsync(TeacherCall call, ulong seed, CancellationToken cancellationToken)
    {
        var isRaw = call.Messages is [{ Role: "raw" }];
        using var limit = new CancellationTokenSource(_timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            for (var adaptations = 0; ; adaptations++)
            {
                var sent = _shape.Apply(Body(call, seed, isRaw));
                var (response, body) = await SendAsync(HttpMethod.Post, isRaw ? "completions" : "chat/completions", sent.ToJsonString(), either.Token)
                    .ConfigureAwait(false);
                using (response)
                {
                    var error = response.IsSuccessStatusCode
                        ? ServiceError.Hidden(body)
                        : ServiceError.Read((int)response.StatusCode, response.ReasonPhrase, body);
                    if (error is null)
                    {
                        return ServiceAnswer.Read(body, isRaw);
                    }

                    var size = new RequestSize(Tokens(call), sent);
                    if (adaptations >= MostAdaptations || size.IsExceeded(error) || !_shape.Adapt(error, sent))
                    {
                        throw ServiceFailure.Of(_base, choice.Name, error, size, RetryDelay.Of(response.Headers, time), response.Headers.Location);
                    }
                }
            }
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

    private static int Tokens(TeacherCall call) => call.Messages.Sum(static message => EstimatedTokens.Of(message.Content));

    private async Task<(HttpResponseMessage Response, string Body)> SendAsync(HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(_base, path));
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        if (key.Length > 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        try
        {
            await response.Content.LoadIntoBufferAsync(LongestAnswer, cancellationToken).ConfigureAwait(false);
            return (response, await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private JsonObject Body(TeacherCall call, ulong seed, bool isRaw)
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

        // A service that knows its context refuses a limit that goes beyond it, however short the answer would be.
        var room = _context is > 0 and var context ? context - (int)(Tokens(call) * 1.15) - (2 * LeastAnswer) : int.MaxValue;
        body["max_tokens"] = room >= LeastAnswer ? Math.Min(call.Settings.MaxTokens, room) : call.Settings.MaxTokens;
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

        return body;
    }
}
