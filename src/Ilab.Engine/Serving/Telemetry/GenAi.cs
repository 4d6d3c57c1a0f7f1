using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Ilab.Engine.Serving.Telemetry;

/// <summary>
/// Instruments and names of OpenTelemetry's semantic conventions for generative AI (https://opentelemetry.io/docs/specs/semconv/gen-ai/). Without a listener
/// they cost next to nothing.
/// </summary>
public static class GenAi
{
    /// <summary>Name of the meter and of the source of spans.</summary>
    public const string Source = "Ilab.Engine";

    public const string Provider = "ilab";
    public const string Chat = "chat";
    public const string TextCompletion = "text_completion";
    public const string Embeddings = "embeddings";
    public const string Operation = "gen_ai.operation.name";
    public const string ProviderName = "gen_ai.provider.name";
    public const string RequestModel = "gen_ai.request.model";
    public const string ResponseModel = "gen_ai.response.model";
    public const string TokenType = "gen_ai.token.type";
    public const string ErrorType = "error.type";

    public static ActivitySource Spans { get; } = new(Source);

    private static readonly Meter Meter = new(Source);

    /// <summary>Seconds from the request to the end of its answer.</summary>
    public static Histogram<double> RequestDuration { get; } =
        Seconds(
            "gen_ai.server.request.duration",
            "Generative AI server request duration such as time-to-last byte or last output token.",
            0.01,
            0.02,
            0.04,
            0.08,
            0.16,
            0.32,
            0.64,
            1.28,
            2.56,
            5.12,
            10.24,
            20.48,
            40.96,
            81.92
        );

    /// <summary>Seconds from the request to the first token of its answer.</summary>
    public static Histogram<double> TimeToFirstToken { get; } =
        Seconds(
            "gen_ai.server.time_to_first_token",
            "Time to generate first token for successful responses.",
            0.001,
            0.005,
            0.01,
            0.02,
            0.04,
            0.06,
            0.08,
            0.1,
            0.25,
            0.5,
            0.75,
            1.0,
            2.5,
            5.0,
            7.5,
            10.0
        );

    /// <summary>Seconds per token after the first one.</summary>
    public static Histogram<double> TimePerOutputToken { get; } =
        Seconds(
            "gen_ai.server.time_per_output_token",
            "Time per output token generated after the first token for successful responses.",
            0.01,
            0.025,
            0.05,
            0.075,
            0.1,
            0.15,
            0.2,
            0.3,
            0.4,
            0.5,
            0.75,
            1.0,
            2.5
        );

    /// <summary>Tokens of prompts and of answers.</summary>
    public static Histogram<long> TokenUsage { get; } =
        Meter.CreateHistogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Number of input and output tokens used.",
            tags: null,
            new InstrumentAdvice<long>
            {
                HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
            }
        );

    private static Histogram<double> Seconds(string name, string description, params double[] bounds) =>
        Meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
