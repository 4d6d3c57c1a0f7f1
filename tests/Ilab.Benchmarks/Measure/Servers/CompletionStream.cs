using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Ilab.Benchmarks.Measure.Servers;

/// <summary>OpenAI's completions as a stream: what every server of this kind offers.</summary>
internal static class CompletionStream
{
    /// <param name="client">Knows address and token.</param>
    public static async Task<Answer> AskAsync(HttpClient client, string model, string prompt, int tokens, CancellationToken cancellationToken)
    {
        var body = new Dictionary<string, object>
        {
            ["model"] = model,
            ["prompt"] = prompt,
            ["max_tokens"] = tokens,
            ["temperature"] = 0,
            ["stream"] = true,
            ["stream_options"] = new { include_usage = true },
        };
        var start = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(body) };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new InvalidOperationException($"refused: {await response.Content.ReadAsStringAsync(cancellationToken)}");
        }

        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        var (first, count) = (0.0, 0);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!line.StartsWith("data: ", StringComparison.Ordinal) || line == "data: [DONE]")
            {
                continue;
            }

            first = first > 0 ? first : Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (line.Contains("completion_tokens", StringComparison.Ordinal))
            {
                using var message = JsonDocument.Parse(line.AsMemory(6));
                count = message.RootElement.GetProperty("usage") is { ValueKind: JsonValueKind.Object } usage
                    ? usage.GetProperty("completion_tokens").GetInt32()
                    : count;
            }
        }

        return new Answer(first, count);
    }
}
