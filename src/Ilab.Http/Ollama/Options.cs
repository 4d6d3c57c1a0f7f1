using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Http.Calls;
using Ilab.Http.Json;

namespace Ilab.Http.Ollama;

/// <summary>The <c>options</c> of a request.</summary>
internal sealed record Options(SamplingOptions Sampling, int? MaxTokens, IReadOnlyList<string> Stop, int ContextLength, string Device)
{
    private const int WholeContext = 1 << 16;

    /// <summary>The API's own defaults, where neither the request nor the model says anything.</summary>
    public static SamplingOptions Usual { get; } =
        new()
        {
            Temperature = 0.8f,
            TopK = 40,
            TopP = 0.9f,
            MinP = 0,
            RepeatPenalty = 1,
            RepeatLastN = 64,
        };

    /// <exception cref="ProblemException">400, naming the option.</exception>
    public static Options Read(JsonFields request)
    {
        if (request.Object("options") is not { } options)
        {
            return new Options(new SamplingOptions(), null, [], 0, "");
        }

        options.Refuse("typical_p", "there is no such sampler here", "1", "1.0", "0", "0.0");
        options.Refuse("tfs_z", "there is no such sampler here", "1", "1.0", "0", "0.0");
        options.Refuse("mirostat", "there is no such sampler here", "0");
        var seed = options.Integer("seed", long.MinValue, long.MaxValue);
        var last = options.Integer("repeat_last_n", -1, int.MaxValue);
        var predict = options.Integer("num_predict", -2, int.MaxValue);
        CheckLoadOptions(options);
        return new Options(
            new SamplingOptions
            {
                Temperature = (float?)options.Number("temperature", 0, 100),
                TopK = options.Integer("top_k", int.MinValue, int.MaxValue) is { } topK ? (int)Math.Max(0, topK) : null,
                TopP = (float?)options.Number("top_p", 0, 1),
                MinP = (float?)options.Number("min_p", 0, 1),
                RepeatPenalty = (float?)options.Number("repeat_penalty", 0.01, 100),
                RepeatLastN = last == -1 ? WholeContext : (int?)last,
                PresencePenalty = (float?)options.Number("presence_penalty", -100, 100),
                FrequencyPenalty = (float?)options.Number("frequency_penalty", -100, 100),
                Seed = seed >= 0 ? (ulong)seed : null, // a negative one is random
            },
            predict is { } tokens ? (int)Math.Max(0, tokens) : null, // -1 and -2 are until the model stops, at the latest when the context is full
            options.TextOrTexts("stop") ?? [],
            (int)(options.Integer("num_ctx", 0, 1 << 24) ?? 0),
            options.Integer("num_gpu", -1, int.MaxValue) == 0 ? "cpu" : ""
        );
    }

    public LoadSettings Load(TimeSpan? keepAlive) =>
        new()
        {
            KeepAlive = keepAlive,
            ContextLength = ContextLength,
            Device = Device,
        };

    /// <summary>What tunes loading but not the answer is checked, and then left to the service, which knows the machine.</summary>
    private static void CheckLoadOptions(JsonFields options)
    {
        foreach (var name in (string[])["num_keep", "num_batch", "num_thread", "main_gpu", "draft_num_predict"])
        {
            _ = options.Integer(name, int.MinValue, int.MaxValue);
        }

        _ = (options.Flag("use_mmap"), options.Flag("numa"), options.Flag("use_mlock"), options.Flag("low_vram"));
    }
}
