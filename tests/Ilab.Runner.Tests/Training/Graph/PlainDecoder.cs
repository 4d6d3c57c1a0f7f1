using System.Text.Json.Nodes;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>
/// Decoders as the papers and transformers write them, in double precision and plain loops: what a trained graph is held against. Reads a config and the
/// checkpoint's own tensors, and knows nothing of GGUF.
/// </summary>
/// <param name="config">config.json, with every setting that counts.</param>
/// <param name="values">Tensors by their names in the checkpoint.</param>
/// <param name="adapters">By module: the factors of the shapes [rank, in] and [out, rank], already scaled.</param>
internal sealed class PlainDecoder(JsonObject config, IReadOnlyDictionary<string, float[]> values, IReadOnlyDictionary<string, (Value A, Value B)> adapters)
{
    private static readonly string[] LayerNormed = ["olmo", "starcoder2", "stablelm", "phi", "gpt2", "gpt_neox", "cohere", "cohere2", "orion", "nemotron"];
    private static readonly string[] Gemmas = ["gemma", "gemma2", "gemma3_text", "gemma4_text"];
    private readonly Tape _tape = new();
    private readonly string _type = (string)config["model_type"]!;

    private bool HasLayerNorm => LayerNormed.Contains(_type);

    private bool IsGemma => Gemmas.Contains(_type);

    private int Heads => (int)Number("num_attention_heads", "n_head");

    private int KeyHeads => (int)Number(Find("num_key_value_heads") is null ? "num_attention_heads" : "num_key_value_heads", "n_head");

    private int Width => (int)Number("hidden_size", "n_embd");

    private int Layers => (int)Number("num_hidden_layers", "n_layer");

    private string Path =>
        _type is "gpt2" ? "transformer.h."
        : _type is "gpt_neox" ? "gpt_neox.layers."
        : "model.layers.";

    private double Epsilon => _type is "olmo" ? 1e-5 : Number("rms_norm_eps", "layer_norm_eps", "norm_epsilon", "layer_norm_epsilon");

    /// <returns>The loss over some rows; the adapters have its derivatives.</returns>
    public double Run(int[] tokens, IReadOnlyList<(int Row, int Target)> learned)
    {
        var loss = Loss(tokens, learned);
        _tape.GoBack();
        return loss;
    }

    /// <returns>The loss over some rows, alone.</returns>
    public double Loss(int[] tokens, IReadOnlyList<(int Row, int Target)> learned) => _tape.Loss(Logits(tokens), learned);

    public Value Logits(int[] tokens)
    {
        var x = Embedded(tokens);
        for (var layer = 0; layer < Layers; layer++)
        {
            x = Layer(layer, x);
        }

        var final = _type switch
        {
            "gpt2" => "transformer.ln_f",
            "gpt_neox" => "gpt_neox.final_layer_norm",
            "phi" => "model.final_layernorm",
            _ => "model.norm",
        };
        var head = Linear(HeadName, Normed(x, final));
        head = _type.StartsWith("cohere", StringComparison.Ordinal) ? _tape.Line(head, Number("logit_scale")) : head;
        head = _type is "granite" or "granitemoe" ? _tape.Line(head, 1 / Number("logits_scaling")) : head;
        head = _type is "minicpm" ? _tape.Line(head, Number("dim_model_base") / Width) : head;
        return Find("final_logit_softcapping") is null ? head : Bent(head, Number("final_logit_softcapping"));
    }

    private string HeadName
    {
        get
        {
            var own = _type == "gpt_neox" ? "embed_out" : "lm_head";
            return values.ContainsKey(own + ".weight") ? own : EmbeddingName;
        }
    }

    private string EmbeddingName =>
        _type switch
        {
            "gpt2" => "transformer.wte",
            "gpt_neox" => "gpt_neox.embed_in",
            _ => "model.embed_tokens",
        };

    private Value Embedded(int[] tokens)
    {
        var table = values[EmbeddingName + ".weight"];
        var x = new Value(tokens.Length, Width, [.. tokens.SelectMany(token => table.Skip(token * Width).Take(Width).Select(static value => (double)value))]);
        if (_type == "gpt2")
        {
            var places = new Value(
                tokens.Length,
                Width,
                [.. values["transformer.wpe.weight"].Take(tokens.Length * Width).Select(static value => (double)value)]
            );
            return _tape.Add(x, places);
        }

        return IsGemma ? _tape.Line(x, Math.Sqrt(Width))
            : _type is "granite" or "granitemoe" ? _tape.Line(x, Number("embedding_multiplier"))
            : _type is "minicpm" ? _tape.Line(x, Number("scale_emb"))
            : x;
    }

    private Value Layer(int layer, Value x)
    {
        var path = $"{Path}{layer}.";
        var (before, after, second, last) = NormNames();
        var residual =
            _type is "granite" or "granitemoe" ? Number("residual_multiplier")
            : _type is "minicpm" ? Number("scale_depth") / Math.Sqrt(Layers)
            : 1;
        var normed = before is null ? x : Normed(x, path + before);
        var attention = new PlainHeads(this, _tape, layer).Apply(normed);
        attention = after is null ? attention : Normed(attention, path + after);
        var attended = _tape.Add(x, attention, residual);
        var isParallel = _type is "phi" or "cohere" or "cohere2" || (Find("use_parallel_residual") is { } flag && (bool)flag);
        var input =
            _type == "gpt_neox" ? Normed(isParallel ? x : attended, path + second)
            : isParallel ? normed
            : second is null ? attended
            : Normed(attended, path + second);
        var output = FeedForward(path, input);
        output = _tape.Add(attended, last is null ? output : Normed(output, path + last), residual);
        return _type == "gemma4_text" ? _tape.Line(output, values[path + "layer_scalar"][0]) : output;
    }

    private (string? Before, string? After, string? Second, string? Last) NormNames() =>
        _type switch
        {
            "gpt2" => ("ln_1", null, "ln_2", null),
            "phi" or "cohere" or "cohere2" => ("input_layernorm", null, null, null),
            "apertus" => ("attention_layernorm", null, "feedforward_layernorm", null),
            "olmo2" or "olmo3" or "exaone4" => (null, "post_attention_layernorm", null, "post_feedforward_layernorm"),
            "glm4" => ("input_layernorm", "post_self_attn_layernorm", "post_attention_layernorm", "post_mlp_layernorm"),
            "gemma2" or "gemma3_text" or "gemma4_text" => (
                "input_layernorm",
                "post_attention_layernorm",
                "pre_feedforward_layernorm",
                "post_feedforward_layernorm"
            ),
            _ => ("input_layernorm", null, "post_attention_layernorm", null),
        };

    private Value FeedForward(string path, Value x)
    {
        var routed = new PlainExperts(this, _tape, path);
        if (routed.Exists)
        {
            return routed.Apply(x);
        }

        switch (_type)
        {
            case "gpt2":
                return Linear(path + "mlp.c_proj", Gelu(Linear(path + "mlp.c_fc", x)));
            case "starcoder2":
                return Linear(path + "mlp.c_proj", Gelu(Linear(path + "mlp.c_fc", x)));
            case "phi":
                return Linear(path + "mlp.fc2", Gelu(Linear(path + "mlp.fc1", x)));
            case "gpt_neox":
                return Linear(path + "mlp.dense_4h_to_h", Gelu(Linear(path + "mlp.dense_h_to_4h", x)));
            case "llama4_text":
                return Gated(path + "feed_forward.", x);
            case "arcee" or "nemotron":
                return Linear(path + "mlp.down_proj", _tape.Each(Linear(path + "mlp.up_proj", x), static v => v > 0 ? (v * v, 2 * v) : (0, 0)));
            case "apertus":
                return Linear(path + "mlp.down_proj", Xielu(path + "mlp.act_fn.", Linear(path + "mlp.up_proj", x)));
            case "phi3" or "glm" or "glm4":
                var both = Linear(path + "mlp.gate_up_proj", x);
                var half = both.Columns / 2;
                var first = _tape.Take(both, [.. Enumerable.Range(0, half)]);
                return Linear(path + "mlp.down_proj", _tape.Multiply(Silu(first), _tape.Take(both, [.. Enumerable.Range(half, half)])));
            default:
                return Gated(path + "mlp.", x);
        }
    }

    /// <summary>Gate, up and down of a feed-forward part.</summary>
    internal Value Gated(string path, Value x)
    {
        var gate = Linear(path + "gate_proj", x);
        return Linear(path + "down_proj", _tape.Multiply(IsGemma ? Gelu(gate) : Silu(gate), Linear(path + "up_proj", x)));
    }

    internal Value Linear(string name, Value x)
    {
        var weight = values[name + ".weight"];
        var rows = weight.Length / x.Columns;
        var isTurned = _type == "gpt2" && name.StartsWith(Path, StringComparison.Ordinal);
        var matrix = new Value(rows, x.Columns);
        for (var index = 0; index < weight.Length; index++)
        {
            matrix.Data[index] = isTurned ? weight[(index % x.Columns * rows) + (index / x.Columns)] : weight[index];
        }

        var y = _tape.Product(x, matrix);
        if (values.TryGetValue(name + ".bias", out var bias))
        {
            y = _tape.Columnwise(y, null, Array.ConvertAll(bias, static value => (double)value));
        }

        return adapters.TryGetValue(name, out var pair) ? _tape.Add(y, _tape.Product(_tape.Product(x, pair.A), pair.B)) : y;
    }

    internal Value Normed(Value x, string name, int group = 0)
    {
        var normed = _tape.Norm(x, group == 0 ? x.Columns : group, Epsilon, HasLayerNorm);
        var shift = _type is "gemma" or "gemma2" or "gemma3_text" or "nemotron" ? 1 : 0;
        return values.TryGetValue(name + ".weight", out var weight)
            ? _tape.Columnwise(
                normed,
                Array.ConvertAll(weight, value => (double)value + shift),
                values.TryGetValue(name + ".bias", out var bias) ? Array.ConvertAll(bias, static value => (double)value) : null
            )
            : normed;
    }

    internal JsonNode? Find(string key) => config[key];

    internal double Number(params string[] keys) =>
        keys.Select(key => config[key]).FirstOrDefault(static node => node is not null) is { } found
            ? double.Parse(found.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"the case does not say {keys[0]}");

    internal bool Has(string tensor) => values.ContainsKey(tensor);

    internal double[] Stacked(string pattern, int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .SelectMany(index => values[string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, index)])
                .Select(static value => (double)value),
        ];

    internal (string Type, int Width, int Heads, int KeyHeads, double Epsilon, string Path) Measures => (_type, Width, Heads, KeyHeads, Epsilon, Path);

    internal Value Bent(Value x, double cap) => _tape.Each(x, v => (cap * Math.Tanh(v / cap), 1 - (Math.Tanh(v / cap) * Math.Tanh(v / cap))));

    internal float[] Tensor(string name) => values[name];

    internal Value Silu(Value x) => _tape.Each(x, static v => (v / (1 + Math.Exp(-v)), SlopeOfSilu(v)));

    private static double SlopeOfSilu(double x)
    {
        var s = 1 / (1 + Math.Exp(-x));
        return s * (1 + (x * (1 - s)));
    }

    private Value Gelu(Value x) =>
        _tape.Each(x, _type == "gpt_neox" || (string?)(Find("hidden_act") ?? Find("activation_function")) == "gelu" ? PlainGelu.Exact : PlainGelu.Tanh);

    private Value Xielu(string path, Value x)
    {
        double beta = values[path + "beta"][0],
            above = Math.Log(1 + Math.Exp(values[path + "alpha_p"][0])),
            below = beta + Math.Log(1 + Math.Exp(values[path + "alpha_n"][0]));
        return _tape.Each(
            x,
            v =>
                v > 0
                    ? ((above * v * v) + (beta * v), (2 * above * v) + beta)
                    : ((below * (Math.Exp(v) - 1 - v)) + (beta * v), (below * (Math.Exp(v) - 1)) + beta)
        );
    }
}
