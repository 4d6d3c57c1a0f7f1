using System.Globalization;
using Ilab.Cli.Chat.Text;

namespace Ilab.Cli.Chat;

/// <summary>One row per setting: its names, what it means, how it is read and shown. /set, saved chats and their help come from here.</summary>
public static class SettingTable
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        Number("temperature", [], "0 = always the likeliest token; higher = more varied", 0, 100, s => s.Temperature, (s, v) => s.Temperature = v),
        Count("top_k", [], "choose among the K likeliest tokens; 0 = off", s => s.TopK, (s, v) => s.TopK = v),
        Number("top_p", [], "choose among the likeliest tokens of this total probability; 1 = off", 0, 1, s => s.TopP, (s, v) => s.TopP = v),
        Number("min_p", [], "drop tokens less likely than this share of the likeliest; 0 = off", 0, 1, s => s.MinP, (s, v) => s.MinP = v),
        Number("repeat_penalty", [], "make repeated tokens less likely; 1 = off", 0.01f, 100, s => s.RepeatPenalty, (s, v) => s.RepeatPenalty = v),
        Count("repeat_last_n", [], "how far back repetition counts, in tokens", s => s.RepeatLastN, (s, v) => s.RepeatLastN = v),
        Number("presence_penalty", [], "make tokens that occurred less likely; 0 = off", -2, 2, s => s.PresencePenalty, (s, v) => s.PresencePenalty = v),
        Number("frequency_penalty", [], "the same, for each time they occurred; 0 = off", -2, 2, s => s.FrequencyPenalty, (s, v) => s.FrequencyPenalty = v),
        new("seed", [], "same seed, same answer", s => s.Seed?.ToString(CultureInfo.InvariantCulture), (s, v) => s.Seed = v is null ? null : SettingText.WholeNumber(v, ulong.MaxValue)),
        Count("max_length", ["num_predict", "max_tokens"], "most new tokens in an answer; 0 = no limit", s => s.MaxTokens, (s, v) => s.MaxTokens = v),
        new("stop", [], "end the answer before any of these texts", s => s.Stop.Count == 0 ? null : SettingText.Join(s.Stop), (s, v) => s.Stop = v is null ? [] : SettingText.Split(v)),
        Count("ctx", ["num_ctx", "context_length"], "context in tokens, when the model is loaded next", s => s.ContextLength, (s, v) => s.ContextLength = v),
        new("device", [], "where to load the model: auto, cpu, cuda0, ...", s => s.Device, (s, v) => s.Device = v is null ? null : SettingText.Device(v)),
        new("gpu_layers", ["num_gpu", "n_gpu_layers"], "layers to put on the GPU, the rest stay on the CPU: a number, auto = as many as fit, or all",
            s => SettingText.Layers(s.GpuLayers), (s, v) => s.GpuLayers = v is null ? null : SettingText.Layers(v)),
        new("keep_alive", [], "how long the model stays loaded: 10m, 2h, 0, -1 = for ever", s => s.KeepAlive is { } k ? DurationText.Format(k) : null, (s, v) => s.KeepAlive = v is null ? null : DurationText.Parse(v)),
    ];

    /// <summary>Null when there is no such setting. `-` and `_` mean the same.</summary>
    public static Setting? Find(string name)
    {
        string wanted = name.Replace('-', '_').ToLowerInvariant();
        return All.FirstOrDefault(s => s.Name == wanted || s.Aliases.Contains(wanted));
    }

    private static Setting Number(string name, string[] aliases, string help, float least, float most, Func<GenerationSettings, float?> get, Action<GenerationSettings, float?> set) =>
        new(name, aliases, help, s => get(s)?.ToString(CultureInfo.InvariantCulture), (s, v) => set(s, v is null ? null : SettingText.Number(v, least, most)));

    private static Setting Count(string name, string[] aliases, string help, Func<GenerationSettings, uint?> get, Action<GenerationSettings, uint?> set) =>
        new(name, aliases, help, s => get(s)?.ToString(CultureInfo.InvariantCulture), (s, v) => set(s, v is null ? null : (uint)SettingText.WholeNumber(v, int.MaxValue)));
}

/// <param name="Name">As in saved chats and in /set.</param>
/// <param name="Aliases">What users of other tools type.</param>
/// <param name="Help">One line.</param>
/// <param name="Get">The value as text; null when it is left to the service.</param>
/// <param name="Set">Takes the value as text, or null for the default; throws FormatException with what would be right.</param>
public sealed record Setting(string Name, string[] Aliases, string Help, Func<GenerationSettings, string?> Get, Action<GenerationSettings, string?> Set);
