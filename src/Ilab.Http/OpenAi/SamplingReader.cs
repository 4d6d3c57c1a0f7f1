using System.Globalization;
using System.Text.Json;
using Ilab.Engine.Serving.Inference;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.OpenAi;

/// <summary>Reads the sampling parameters that chat and completions share, and those that other servers have added to them.</summary>
internal static class SamplingReader
{
    private const int MostStops = 16;

    /// <exception cref="ProblemException">400, naming the field.</exception>
    public static SamplingOptions Read(JsonFields request) =>
        new()
        {
            Temperature = (float?)request.Number("temperature", 0, 2),
            TopP = (float?)request.Number("top_p", 0, 1),
            PresencePenalty = (float?)request.Number("presence_penalty", -2, 2),
            FrequencyPenalty = (float?)request.Number("frequency_penalty", -2, 2),
            Seed = (ulong?)request.Integer("seed", long.MinValue, long.MaxValue),
            LogitBias = LogitBias(request),
            TopK = (int?)request.Integer("top_k", 0, int.MaxValue),
            MinP = (float?)request.Number("min_p", 0, 1),
            RepeatPenalty = (float?)(request.Number("repeat_penalty", 0.01, 100) ?? request.Number("repetition_penalty", 0.01, 100)),
        };

    public static IReadOnlyList<string> Stop(JsonFields request)
    {
        var stops = request.TextOrTexts("stop") ?? [];
        return stops.Count > MostStops ? throw request.Wrong("stop", $"a string or a list of at most {MostStops} strings")
            : stops.Contains("") ? throw request.Wrong("stop", "without empty strings: they would end every answer")
            : stops;
    }

    /// <summary>The sampling of one of several answers: a seed gives each its own, and all the same ones again.</summary>
    public static SamplingOptions ForChoice(SamplingOptions sampling, int choice) =>
        sampling.Seed is { } seed ? sampling with { Seed = unchecked(seed + (ulong)choice) } : sampling;

    private static Dictionary<int, float>? LogitBias(JsonFields request)
    {
        if (request.Object("logit_bias") is not { } fields)
        {
            return null;
        }

        var biases = new Dictionary<int, float>();
        foreach (var entry in fields.Element.EnumerateObject())
        {
            if (
                !int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var token)
                || entry.Value.ValueKind != JsonValueKind.Number
                || entry.Value.GetDouble() is not (>= -100 and <= 100)
            )
            {
                throw request.Wrong("logit_bias", "an object of token ids and numbers from -100 to 100");
            }

            biases[token] = (float)entry.Value.GetDouble();
        }

        return biases.Count > 0 ? biases : null;
    }
}
