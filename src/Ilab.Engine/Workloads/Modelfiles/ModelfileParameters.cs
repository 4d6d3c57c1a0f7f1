using System.Globalization;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Workloads.Modelfiles;

/// <summary>The parameters of a Modelfile that this engine has: one row each, with what is allowed.</summary>
public static class ModelfileParameters
{
    private static readonly Row[] Rows =
    [
        Real("temperature", 0, 100, static p => p.Temperature, static (p, v) => p with { Temperature = v }),
        Whole("top_k", int.MinValue, static p => p.TopK, static (p, v) => p with { TopK = Math.Max(0, v) }),
        Real("top_p", 0, 1, static p => p.TopP, static (p, v) => p with { TopP = v }),
        Real("min_p", 0, 1, static p => p.MinP, static (p, v) => p with { MinP = v }),
        Real("repeat_penalty", 0.01f, 100, static p => p.RepeatPenalty, static (p, v) => p with { RepeatPenalty = v }),
        Whole("repeat_last_n", -1, static p => p.RepeatLastN, static (p, v) => p with { RepeatLastN = v }),
        Real("presence_penalty", -100, 100, static p => p.PresencePenalty, static (p, v) => p with { PresencePenalty = v }),
        Real("frequency_penalty", -100, 100, static p => p.FrequencyPenalty, static (p, v) => p with { FrequencyPenalty = v }),
        new("seed", SetSeed, static p => p.Seed?.ToString(CultureInfo.InvariantCulture)),
        Whole("num_ctx", 1, static p => p.ContextLength, static (p, v) => p with { ContextLength = v }),
        // -1 and -2 are without a limit and as far as the context goes: the same here.
        Whole("num_predict", -2, static p => p.MaxTokens, static (p, v) => p with { MaxTokens = Math.Max(0, v) }),
    ];

    /// <summary>Name of the parameter that may be given several times, and is not in <see cref="Texts"/>.</summary>
    public const string Stop = "stop";

    /// <summary>Sets one parameter.</summary>
    /// <returns>The new parameters; null = this engine has none of that name.</returns>
    /// <exception cref="FormatException">The value is none, with what is allowed.</exception>
    public static ModelParameters? Set(ModelParameters parameters, string name, string value) =>
        name == Stop ? parameters with { Stop = [.. parameters.Stop ?? [], value] } : Array.Find(Rows, row => row.Name == name)?.Set(parameters, value);

    /// <summary>All that are set, by their names; numbers as text.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Texts(ModelParameters parameters) =>
        Rows.Select(row => KeyValuePair.Create(row.Name, row.Get(parameters) ?? "")).Where(static entry => entry.Value.Length > 0);

    private static Row Real(string name, float low, float high, Func<ModelParameters, float?> get, Func<ModelParameters, float, ModelParameters> set) =>
        new(
            name,
            (parameters, text) =>
                float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= low && value <= high
                    ? set(parameters, value)
                    : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} is a number from {low} to {high}")),
            parameters => get(parameters)?.ToString(CultureInfo.InvariantCulture)
        );

    private static Row Whole(string name, int low, Func<ModelParameters, int?> get, Func<ModelParameters, int, ModelParameters> set) =>
        new(
            name,
            (parameters, text) =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= low
                    ? set(parameters, value)
                    : throw new FormatException(
                        low == int.MinValue
                            ? $"{name} is a whole number"
                            : string.Create(CultureInfo.InvariantCulture, $"{name} is a whole number from {low} on")
                    ),
            parameters => get(parameters)?.ToString(CultureInfo.InvariantCulture)
        );

    // A negative seed is a random one.
    private static ModelParameters SetSeed(ModelParameters parameters, string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? parameters with
            {
                Seed = value < 0 ? null : (ulong)value,
            }
            : throw new FormatException("seed is a whole number");

    private sealed record Row(string Name, Func<ModelParameters, string, ModelParameters> Set, Func<ModelParameters, string?> Get);
}
