using Ilab.Jinja;

namespace Ilab.Data.Pipelines.Blocks;

/// <summary>Generation parameters of a block: <c>gen_kwargs</c>.</summary>
internal sealed class GenerationParameters
{
    private const int UsualTokens = 4096;
    private const int MostChoices = 1000;
    private static readonly string[] PassedOn = ["frequency_penalty", "presence_penalty", "logit_bias"];

    private readonly long? _choices;
    private readonly CallSettings _settings;

    public GenerationParameters(BlockConfig settings)
    {
        var n = settings.Value("n");
        _choices = n switch
        {
            null => 1,
            "scaled" => null,
            long number and >= 1 and <= MostChoices => number,
            _ => throw settings.Wrong($"n is {Values.Text(n)}", $"1 to {MostChoices}, or scaled"),
        };
        var extra = new Dictionary<string, object?>();
        foreach (var key in PassedOn.Where(settings.Has))
        {
            extra[key] = settings.Value(key);
        }

        if (settings.Value("extra_body") is IDictionary<string, object?> body)
        {
            foreach (var (key, value) in body)
            {
                extra[key] = value;
            }
        }

        _ = settings.Value("model");
        _settings = new CallSettings
        {
            MaxTokens = settings.Value("max_tokens") is { } most
                ? (int)
                    Math.Clamp(
                        Values.AsNumber(most)
                            ?? (int.TryParse(Values.Text(most), out var parsed) ? parsed : throw settings.Wrong("max_tokens must be a number")),
                        1,
                        1 << 20
                    )
                : UsualTokens,
            Temperature =
                settings.Value("temperature") is string text && double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var warm)
                    ? warm
                    : settings.Number("temperature", 0),
            TopP = settings.Value("top_p") is null ? null : settings.Number("top_p", 1),
            Seed = settings.Value("seed") as long?,
            Stop = settings.Value("stop") is null ? [] : settings.Texts("stop"),
            KeepCut = settings.Value("keep_cut") is true,
            Extra = extra,
        };
    }

    public int MaxTokens => _settings.MaxTokens;

    public double Temperature => _settings.Temperature;

    /// <summary>Completions per row.</summary>
    public int Choices(int scale) => (int)(_choices ?? scale);

    /// <param name="mayBeCut">Whether the run's token limit applies, as it does only to the block that generates questions from documents.</param>
    public CallSettings For(BlockRun run, bool mayBeCut, double? temperature = null) =>
        _settings with
        {
            MaxTokens = run.MaxTokens > 0 && mayBeCut ? run.MaxTokens : _settings.MaxTokens,
            Temperature = temperature ?? _settings.Temperature,
        };
}
