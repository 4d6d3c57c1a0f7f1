namespace Ilab.Testing.Models;

/// <summary>
/// The same models as plain loops in double precision, in Hugging Face's order of things (halves of a head turn together): what a converted model is
/// held against. Slow and simple on purpose.
/// </summary>
public sealed class ReferenceTransformer(TinyModel model)
{
    private readonly TinyModelShape _shape = model.Shape;

    /// <returns>Logits for every token: [tokens][vocabulary].</returns>
    public double[][] Run(int[] tokens)
    {
        var granite = _shape.Granite ?? (1 / Math.Sqrt(_shape.HeadDimension), 1, 1, 1);
        var stream = tokens.Select(token => Row("model.embed_tokens.weight", token).Select(value => value * granite.Embedding).ToArray()).ToArray();
        for (var layer = 0; layer < _shape.Layers; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            Add(stream, Attend(prefix, Norm(stream, prefix + "input_layernorm.weight"), granite.Attention), granite.Residual);
            var inner = Norm(stream, prefix + "post_attention_layernorm.weight");
            var gated = inner.Select(row =>
                Product(prefix + "mlp.gate_proj", row)
                    .Zip(Product(prefix + "mlp.up_proj", row), static (gate, up) => gate / (1 + Math.Exp(-gate)) * up)
                    .ToArray()
            );
            Add(stream, [.. gated.Select(row => Product(prefix + "mlp.down_proj", row))], granite.Residual);
        }

        var output = _shape.TiesEmbedding ? "model.embed_tokens" : "lm_head";
        return [.. Norm(stream, "model.norm.weight").Select(row => Product(output, row).Select(value => value / granite.Logits).ToArray())];
    }

    private double[][] Attend(string prefix, double[][] input, double scale)
    {
        var queries = Heads(input, prefix + "self_attn.q_", _shape.Heads, turns: true);
        var keys = Heads(input, prefix + "self_attn.k_", _shape.KvHeads, turns: true);
        var values = Heads(input, prefix + "self_attn.v_", _shape.KvHeads, turns: false);
        var result = new double[input.Length][];
        for (var at = 0; at < input.Length; at++)
        {
            var joined = new double[_shape.Heads * _shape.HeadDimension];
            for (var head = 0; head < _shape.Heads; head++)
            {
                var shared = head / (_shape.Heads / _shape.KvHeads);
                var scores = Enumerable
                    .Range(0, at + 1)
                    .Select(past => scale * queries[at][head].Zip(keys[past][shared], static (left, right) => left * right).Sum())
                    .ToArray();
                var largest = scores.Max();
                var weights = scores.Select(score => Math.Exp(score - largest)).ToArray();
                var sum = weights.Sum();
                for (var past = 0; past <= at; past++)
                {
                    for (var index = 0; index < _shape.HeadDimension; index++)
                    {
                        joined[(head * _shape.HeadDimension) + index] += weights[past] / sum * values[past][shared][index];
                    }
                }
            }

            result[at] = Product(prefix + "self_attn.o_proj", joined);
        }

        return result;
    }

    /// <summary>[tokens][heads][values]</summary>
    private double[][][] Heads(double[][] input, string projection, int heads, bool turns) =>
        [
            .. input.Select(
                (row, position) =>
                {
                    var all = Product(projection + "proj", row);
                    return Enumerable
                        .Range(0, heads)
                        .Select(head =>
                        {
                            var own = all[(head * _shape.HeadDimension)..((head + 1) * _shape.HeadDimension)];
                            own = turns && _shape.NormsHeads ? Norm([own], projection + "norm.weight")[0] : own;
                            return turns ? Turn(own, position) : own;
                        })
                        .ToArray();
                }
            ),
        ];

    private double[] Turn(double[] head, int position)
    {
        var half = head.Length / 2;
        var turned = new double[head.Length];
        for (var index = 0; index < half; index++)
        {
            var angle = position * Frequency(index, head.Length);
            turned[index] = (head[index] * Math.Cos(angle)) - (head[index + half] * Math.Sin(angle));
            turned[index + half] = (head[index + half] * Math.Cos(angle)) + (head[index] * Math.Sin(angle));
        }

        return turned;
    }

    private double Frequency(int index, int length)
    {
        const double Factor = 8,
            Low = 1,
            High = 4,
            Original = 64;
        var frequency = Math.Pow(_shape.RopeBase, -2.0 * index / length);
        if (!_shape.ScalesLikeLlama3)
        {
            return frequency;
        }

        var wave = 2 * Math.PI / frequency;
        var smooth = ((Original / wave) - Low) / (High - Low);
        return wave < Original / High ? frequency
            : wave > Original / Low ? frequency / Factor
            : ((1 - smooth) * frequency / Factor) + (smooth * frequency);
    }

    private double[][] Norm(double[][] rows, string weight)
    {
        var scale = model.Tensors[weight].Values;
        return
        [
            .. rows.Select(row =>
            {
                var size = Math.Sqrt((row.Sum(static value => value * value) / row.Length) + _shape.RmsEpsilon);
                return row.Select((value, index) => value / size * scale[index]).ToArray();
            }),
        ];
    }

    private double[] Product(string name, double[] input)
    {
        var (shape, values) = model.Tensors[name + ".weight"];
        var bias = model.Tensors.TryGetValue(name + ".bias", out var tensor) ? tensor.Values : null;
        var result = new double[shape[0]];
        for (var row = 0; row < result.Length; row++)
        {
            double sum = bias?[row] ?? 0;
            for (var column = 0; column < input.Length; column++)
            {
                sum += values[(row * input.Length) + column] * input[column];
            }

            result[row] = sum;
        }

        return result;
    }

    private IEnumerable<double> Row(string name, int row)
    {
        var (shape, values) = model.Tensors[name];
        return values.Skip(row * (int)shape[1]).Take((int)shape[1]).Select(static value => (double)value);
    }

    private static void Add(double[][] stream, double[][] more, double scale)
    {
        for (var at = 0; at < stream.Length; at++)
        {
            for (var index = 0; index < stream[at].Length; index++)
            {
                stream[at][index] += scale * more[at][index];
            }
        }
    }
}
