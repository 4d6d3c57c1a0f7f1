using System.Globalization;
using Ilab.Cli.Chat.Text;

namespace Ilab.Cli.Chat;

/// <summary>One row per setting: names, help, default, parser and formatter. /set, saved chats and command line options use it.</summary>
public static class SettingTable
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        Number("temperature", [], "sampling temperature; 0 = greedy, higher = more random", "1", 0, 100, s => s.Temperature, (s, v) => s.Temperature = v),
        Count("top_k", [], "sample from the K most likely tokens; 0 = off", "40", s => s.TopK, (s, v) => s.TopK = v),
        Number("top_p", [], "sample from the most likely tokens with this total probability; 1 = off", "0.95", 0, 1, s => s.TopP, (s, v) => s.TopP = v),
        Number("min_p", [], "minimum probability of a token, relative to the most likely one; 0 = off", "0.05", 0, 1, s => s.MinP, (s, v) => s.MinP = v),
        Number("repeat_penalty", [], "penalty for repeated tokens; 1 = off", "1", 0.01f, 100, s => s.RepeatPenalty, (s, v) => s.RepeatPenalty = v),
        Count("repeat_last_n", [], "tokens that the repeat penalty looks back", "64", s => s.RepeatLastN, (s, v) => s.RepeatLastN = v),
        Number("presence_penalty", [], "penalty for tokens that have occurred; 0 = off", "0", -2, 2, s => s.PresencePenalty, (s, v) => s.PresencePenalty = v),
        Number("frequency_penalty", [], "penalty per occurrence of a token; 0 = off", "0", -2, 2, s => s.FrequencyPenalty, (s, v) => s.FrequencyPenalty = v),
        new(
            "seed",
            [],
            "random seed for sampling",
            "random",
            s => s.Seed?.ToString(CultureInfo.InvariantCulture),
            (s, v) => s.Seed = v is null ? null : SettingText.WholeNumber(v, ulong.MaxValue)
        )
        {
            Value = "N",
        },
        Count("max_length", ["num_predict", "max_tokens"], "maximum tokens to generate; 0 = unlimited", "0", s => s.MaxTokens, (s, v) => s.MaxTokens = v),
        new(
            "stop",
            [],
            "stop sequence",
            "none",
            s => s.Stop.Count == 0 ? null : SettingText.Join(s.Stop),
            (s, v) => s.Stop = v is null ? [] : SettingText.Split(v)
        )
        {
            Value = "TEXT",
        },
        Count(
            "ctx",
            ["num_ctx", "context_length"],
            "context size in tokens when the model is loaded; 0 = automatic",
            "0",
            s => s.ContextLength,
            (s, v) => s.ContextLength = v
        ),
        new(
            "device",
            [],
            "device to load the model on: auto, cpu, cuda0, ...",
            "set by the service",
            s => s.Device,
            (s, v) => s.Device = v is null ? null : SettingText.Device(v)
        )
        {
            Value = "DEVICE",
        },
        new(
            "gpu_layers",
            ["num_gpu", "n_gpu_layers"],
            "layers to put on the GPU, the rest stay on the CPU: a number, auto = as many as fit, or all",
            "all",
            s => SettingText.Layers(s.GpuLayers),
            (s, v) => s.GpuLayers = v is null ? null : SettingText.Layers(v)
        )
        {
            Value = "N",
        },
        new(
            "keep_alive",
            [],
            "how long the model stays loaded when idle: 10m, 2h, 0 = its memory is released at once, -1 = forever",
            "set by the service",
            s => s.KeepAlive is { } k ? DurationText.Format(k) : null,
            (s, v) => s.KeepAlive = v is null ? null : DurationText.Parse(v)
        )
        {
            Value = "DURATION",
        },
        new(
            "priority",
            [],
            "who goes first when requests wait for the model: interactive, or batch = after those",
            "interactive",
            s => s.Priority?.ToString().ToLowerInvariant(),
            (s, v) => s.Priority = v is null ? null : SettingText.Priority(v)
        )
        {
            Value = "PRIORITY",
        },
    ];

    /// <summary>Null when there is no such setting. `-` and `_` are equivalent.</summary>
    public static Setting? Find(string name)
    {
        string wanted = name.Replace('-', '_').ToLowerInvariant();
        return All.FirstOrDefault(s => s.Name == wanted || s.Aliases.Contains(wanted));
    }

    private static Setting Number(
        string name,
        string[] aliases,
        string help,
        string shown,
        float least,
        float most,
        Func<GenerationSettings, float?> get,
        Action<GenerationSettings, float?> set
    ) =>
        new(
            name,
            aliases,
            help,
            shown,
            s => get(s)?.ToString(CultureInfo.InvariantCulture),
            (s, v) => set(s, v is null ? null : SettingText.Number(v, least, most))
        );

    private static Setting Count(
        string name,
        string[] aliases,
        string help,
        string shown,
        Func<GenerationSettings, uint?> get,
        Action<GenerationSettings, uint?> set
    ) =>
        new(
            name,
            aliases,
            help,
            shown,
            s => get(s)?.ToString(CultureInfo.InvariantCulture),
            (s, v) => set(s, v is null ? null : (uint)SettingText.WholeNumber(v, int.MaxValue))
        )
        {
            Value = "N",
        };
}

/// <param name="Name">As in saved chats and in /set.</param>
/// <param name="Aliases">Names in other tools.</param>
/// <param name="Help">One line.</param>
/// <param name="Default">The value when it is not set, for help texts; proto/ilab/v1/inference.proto decides.</param>
/// <param name="Get">The value as text; null when it is not set.</param>
/// <param name="Set">Parses the value, or resets it with null; throws FormatException with the expected form.</param>
public sealed record Setting(
    string Name,
    string[] Aliases,
    string Help,
    string Default,
    Func<GenerationSettings, string?> Get,
    Action<GenerationSettings, string?> Set
)
{
    /// <summary>What the value is called in help texts.</summary>
    public string Value { get; init; } = "X";
}
