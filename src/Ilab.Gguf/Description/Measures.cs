using System.Globalization;

namespace Ilab.Gguf.Description;

/// <summary>
/// Lengths of a model by name (<c>hidden</c>, <c>heads</c>, <c>ff</c>), worked out from its config. An expression has names, whole numbers, <c>+ - * / %</c>
/// and parentheses; <c>a | b</c> takes the first alternative whose names are all known. A name that is no measure is a key of the config.
/// </summary>
public sealed class Measures
{
    /// <summary>Longer dimensions than this are a mistake in the config.</summary>
    public const long Largest = 1 << 24;

    private const int Deepest = 16;

    private readonly ModelConfig _config;
    private readonly IReadOnlyDictionary<string, string> _own;
    private readonly Func<ModelConfig, int, string, long?>? _ofLayer;
    private readonly Dictionary<string, long> _set = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long?> _known = new(StringComparer.Ordinal);

    /// <summary>What most decoders call the same.</summary>
    private static readonly Dictionary<string, string> Common = new(StringComparer.Ordinal)
    {
        ["vocab"] = "vocab_size",
        ["hidden"] = "hidden_size | n_embd | d_model",
        ["layers"] = "num_hidden_layers | n_layer | num_layers",
        ["ff"] = "intermediate_size | n_inner",
        ["heads"] = "num_attention_heads | n_head",
        ["kv"] = "num_key_value_heads | heads",
        ["head"] = "head_dim | hidden / heads",
        ["q"] = "heads * head",
        ["k"] = "kv * head",
        ["experts"] = "num_local_experts | num_experts | n_routed_experts",
        ["moe"] = "moe_intermediate_size | intermediate_size",
    };

    internal Measures(ModelConfig config, IReadOnlyDictionary<string, string> own, Func<ModelConfig, int, string, long?>? ofLayer) =>
        (_config, _own, _ofLayer) = (config, own, ofLayer);

    /// <summary>Gives a measure a value that was found elsewhere than in the config.</summary>
    public void Set(string name, long value)
    {
        _known.Clear();
        _set[name] = value;
    }

    /// <summary>The value of an expression; null when a name in it is unknown or the result is no whole number.</summary>
    /// <param name="layer">-1 = of the model as a whole.</param>
    public long? Find(string expression, int layer = -1) => Evaluate(expression, layer, 0);

    /// <summary>As <see cref="Find"/>; what is missing or makes no sense becomes a problem of the config, and the result 0.</summary>
    public long Of(string expression, int layer = -1)
    {
        if (Find(expression, layer) is { } value and > 0 and <= Largest)
        {
            return value;
        }

        _config.Report($"{CulpritOf(expression, layer, 0) ?? expression} is missing or makes no sense");
        return 0;
    }

    // The key of the config that has no usable value: one that is there before one that is missing.
    private string? CulpritOf(string expression, int layer, int depth) =>
        CulpritOf(expression, layer, depth, isThere: true) ?? CulpritOf(expression, layer, depth, isThere: false);

    private string? CulpritOf(string expression, int layer, int depth, bool isThere)
    {
        foreach (var name in depth > Deepest ? [] : NamesIn(isThere ? expression.Replace('|', ' ') : expression.Split('|')[0]))
        {
            if (Evaluate(name, layer, 0) is > 0 and <= Largest)
            {
                continue;
            }

            var culprit =
                DefinitionOf(name) is { } definition ? CulpritOf(definition, layer, depth + 1, isThere)
                : (_config.FindSaid(name) is not null) == isThere ? name
                : null;
            if (culprit is not null)
            {
                return culprit;
            }
        }

        return null;
    }

    private string? DefinitionOf(string name) => _own.GetValueOrDefault(name) ?? Common.GetValueOrDefault(name);

    private long? Evaluate(string expression, int layer, int depth)
    {
        if (depth > Deepest)
        {
            throw new InvalidOperationException($"the measure {expression} is defined by itself");
        }

        foreach (var alternative in expression.Split('|'))
        {
            var at = 0;
            if (Sum(Tokens(alternative), ref at, layer, depth) is { } value)
            {
                return value;
            }
        }

        return null;
    }

    private long? Sum(List<string> tokens, ref int at, int layer, int depth)
    {
        var value = Product(tokens, ref at, layer, depth);
        while (at < tokens.Count && tokens[at] is "+" or "-")
        {
            var isPlus = tokens[at++] == "+";
            var next = Product(tokens, ref at, layer, depth);
            value = isPlus ? value + next : value - next;
        }

        return value;
    }

    private long? Product(List<string> tokens, ref int at, int layer, int depth)
    {
        var value = Value(tokens, ref at, layer, depth);
        while (at < tokens.Count && tokens[at] is "*" or "/" or "%")
        {
            var sign = tokens[at++];
            var next = Value(tokens, ref at, layer, depth);
            value =
                sign == "*" ? Times(value, next)
                : next is null or 0 ? null
                : sign == "/" ? value / next
                : value % next;
        }

        return value;
    }

    private static long? Times(long? left, long? right) =>
        left is { } first && right is { } second && Math.BigMul(first, second, out var low) == (low < 0 ? -1 : 0) ? low : null;

    private long? Value(List<string> tokens, ref int at, int layer, int depth)
    {
        var token = tokens[at++];
        if (token == "(")
        {
            var value = Sum(tokens, ref at, layer, depth);
            at++;
            return value;
        }

        return char.IsAsciiDigit(token[0]) ? long.Parse(token, CultureInfo.InvariantCulture) : Named(token, layer, depth);
    }

    private long? Named(string name, int layer, int depth)
    {
        if (_set.TryGetValue(name, out var found))
        {
            return found;
        }

        if (layer >= 0 && _ofLayer?.Invoke(_config, layer, name) is { } own)
        {
            return own;
        }

        if (DefinitionOf(name) is { } definition)
        {
            if (_ofLayer is not null)
            {
                return Evaluate(definition, layer, depth + 1);
            }

            return _known.TryGetValue(name, out var known) ? known : _known[name] = Evaluate(definition, layer, depth + 1);
        }

        return _config.Length(name);
    }

    private static IEnumerable<string> NamesIn(string expression) => Tokens(expression).Where(static token => char.IsAsciiLetter(token[0]) || token[0] == '_');

    private static List<string> Tokens(string expression)
    {
        var tokens = new List<string>();
        for (var at = 0; at < expression.Length; )
        {
            var start = at++;
            if (char.IsAsciiLetterOrDigit(expression[start]) || expression[start] == '_')
            {
                while (at < expression.Length && (char.IsAsciiLetterOrDigit(expression[at]) || expression[at] == '_'))
                {
                    at++;
                }
            }

            if (expression[start] != ' ')
            {
                tokens.Add(expression[start..at]);
            }
        }

        return tokens;
    }
}
