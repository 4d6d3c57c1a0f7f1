namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>A mixture of experts in plain loops: every expert is computed for every token, and its result counts as much as the router says.</summary>
internal sealed class PlainExperts(PlainDecoder decoder, Tape tape, string path)
{
    private readonly string _type = decoder.Measures.Type;

    private string Router =>
        _type switch
        {
            "mixtral" => path + "block_sparse_moe.gate",
            "granitemoe" => path + "block_sparse_moe.router.layer",
            "gpt_oss" => path + "mlp.router",
            "llama4_text" => path + "feed_forward.router",
            _ => path + "mlp.gate",
        };

    private double Scale => decoder.Find("routed_scaling_factor") is null ? 1 : decoder.Number("routed_scaling_factor");

    public bool Exists => decoder.Has(Router + ".weight");

    public Value Apply(Value x)
    {
        var scores = decoder.Linear(Router, x);
        var weights = Weights(scores);
        Value? sum = null;
        for (var expert = 0; expert < scores.Columns; expert++)
        {
            var weight = Spread(tape.Take(weights, [expert]), x.Columns);
            var own = _type == "llama4_text" ? Expert(expert, tape.Multiply(x, weight)) : tape.Line(tape.Multiply(Expert(expert, x), weight), Scale);
            sum = sum is null ? own : tape.Add(sum, own);
        }

        if (_type == "qwen2_moe")
        {
            var gate = tape.Each(decoder.Linear(path + "mlp.shared_expert_gate", x), static v => (Sigmoid(v), Sigmoid(v) * (1 - Sigmoid(v))));
            return tape.Add(sum!, tape.Multiply(decoder.Gated(path + "mlp.shared_expert.", x), Spread(gate, x.Columns)));
        }

        if (_type == "llama4_text")
        {
            return tape.Add(sum!, decoder.Gated(path + "feed_forward.shared_expert.", x));
        }

        return _type is "ernie4_5_moe" or "deepseek_v2" or "deepseek_v3" or "glm4_moe" ? tape.Add(sum!, decoder.Gated(path + "mlp.shared_experts.", x)) : sum!;
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private Value Expert(int expert, Value x)
    {
        switch (_type)
        {
            case "mixtral":
                var name = $"{path}block_sparse_moe.experts.{expert}.";
                return decoder.Linear(name + "w2", tape.Multiply(decoder.Silu(decoder.Linear(name + "w1", x)), decoder.Linear(name + "w3", x)));
            case "granitemoe":
                var both = tape.Product(x, Part(path + "block_sparse_moe.input_linear.weight", expert, x.Columns));
                var half = both.Columns / 2;
                var gate = decoder.Silu(tape.Take(both, [.. Enumerable.Range(0, half)]));
                var hidden = tape.Multiply(gate, tape.Take(both, [.. Enumerable.Range(half, half)]));
                return tape.Product(hidden, Part(path + "block_sparse_moe.output_linear.weight", expert, half));
            case "gpt_oss":
                var (together, length) = (path + "mlp.experts.gate_up_proj", (int)decoder.Number("intermediate_size"));
                var (gates, ups) = (Columns(together, expert, x, (0, 2, length)), Columns(together, expert, x, (1, 2, length)));
                var bound = tape.Multiply(tape.Each(gates, BoundGate), tape.Each(ups, static v => (Math.Clamp(v, -7, 7) + 1, Math.Abs(v) < 7 ? 1 : 0)));
                return Columns(path + "mlp.experts.down_proj", expert, bound, (0, 1, x.Columns));
            case "llama4_text":
                var (joint, count) = (path + "feed_forward.experts.gate_up_proj", (int)decoder.Number("intermediate_size"));
                var opened = tape.Multiply(decoder.Silu(Columns(joint, expert, x, (0, 1, count))), Columns(joint, expert, x, (count, 1, count)));
                return Columns(path + "feed_forward.experts.down_proj", expert, opened, (0, 1, x.Columns));
            default:
                return decoder.Gated($"{path}mlp.experts.{expert}.", x);
        }
    }

    private static (double, double) BoundGate(double v)
    {
        var (g, s) = (Math.Min(v, 7), Sigmoid(1.702 * Math.Min(v, 7)));
        return (g * s, v < 7 ? s * (1 + (1.702 * g * (1 - s))) : 0);
    }

    /// <summary>Some columns of an expert's matrix, which is transposed, with what is added to them.</summary>
    private Value Columns(string name, int expert, Value x, (int First, int Step, int Count) part)
    {
        var all = decoder.Tensor(name);
        var columns = all.Length / (int)decoder.Number("num_local_experts") / x.Columns;
        var matrix = new Value(part.Count, x.Columns);
        int At(int row) => part.First + (row * part.Step);
        for (var row = 0; row < matrix.Rows; row++)
        {
            for (var column = 0; column < x.Columns; column++)
            {
                matrix.Data[(row * x.Columns) + column] = all[(((expert * x.Columns) + column) * columns) + At(row)];
            }
        }

        var product = tape.Product(x, matrix);
        return decoder.Has(name + "_bias")
            ? tape.Columnwise(
                product,
                null,
                [.. Enumerable.Range(0, part.Count).Select(row => (double)decoder.Tensor(name + "_bias")[(expert * columns) + At(row)])]
            )
            : product;
    }

    /// <summary>One expert's matrix of a tensor that has all.</summary>
    private Value Part(string tensor, int expert, int columns)
    {
        var all = decoder.Tensor(tensor);
        var length = all.Length / (int)decoder.Number("num_local_experts");
        return new Value(length / columns, columns, [.. all.Skip(expert * length).Take(length).Select(static value => (double)value)]);
    }

    /// <summary>A column, once for each of several.</summary>
    private Value Spread(Value column, int count) => tape.Take(column, new int[count]);

    /// <summary>The experts of the groups that a token goes to; those with the largest sums of their best.</summary>
    private IEnumerable<int> Open(double[] liked, int best)
    {
        var groups = decoder.Find("n_group") is null ? 1 : (int)decoder.Number("n_group");
        return liked
            .Select(static (value, expert) => (Value: value, Expert: expert))
            .Chunk(liked.Length / groups)
            .OrderByDescending(group => group.OrderByDescending(static entry => entry.Value).Take(best).Sum(static entry => entry.Value))
            .Take(groups == 1 ? 1 : (int)decoder.Number("topk_group"))
            .SelectMany(static group => group.Select(static entry => entry.Expert));
    }

    /// <summary>Softmax over all experts; all but the best are zero, and what is left may be made to add up to one.</summary>
    private Value Weights(Value scores)
    {
        var used = (int)decoder.Number("num_experts_per_tok", "moe_k");
        var normalizes = _type is "deepseek_v2" or "deepseek_v3" or "glm4_moe"
            ? (bool)decoder.Find("norm_topk_prob")!
            : _type is not ("qwen2_moe" or "olmoe" or "llama4_text");
        var isSigmoid = _type == "llama4_text" || (string?)decoder.Find("scoring_func") == "sigmoid";
        var correction = path + (_type == "ernie4_5_moe" ? "mlp.moe_statics.e_score_correction_bias" : "mlp.gate.e_score_correction_bias");
        var bias = decoder.Has(correction) ? decoder.Tensor(correction) : null;
        var (count, all) = (scores.Columns, new double[scores.Data.Length]);
        var result = new Value(scores.Rows, count);
        for (var row = 0; row < scores.Rows; row++)
        {
            var line = scores.Data.AsSpan(row * count, count).ToArray();
            var total = line.Sum(value => Math.Exp(value - line.Max()));
            var own = Array.ConvertAll(line, value => isSigmoid ? Sigmoid(value) : Math.Exp(value - line.Max()) / total);
            own.CopyTo(all, row * count);
            var liked = own.Select((value, expert) => value + (bias?[expert] ?? 0)).ToArray();
            var best = Open(liked, isSigmoid ? 2 : 1).OrderByDescending(expert => liked[expert]).Take(used).ToArray();
            foreach (var expert in best)
            {
                result.Data[(row * count) + expert] = own[expert] / (normalizes ? best.Sum(index => own[index]) : 1);
            }
        }

        tape.Then(() =>
        {
            for (var row = 0; row < scores.Rows; row++)
            {
                GoBack(row * count, count);
            }
        });
        return result;

        void GoBack(int start, int length)
        {
            var chosen = Enumerable.Range(start, length).Where(index => result.Data[index] > 0).ToArray();
            var sum = normalizes ? chosen.Sum(index => all[index]) : 1;
            var along = normalizes ? chosen.Sum(index => result.Slope[index] * result.Data[index]) : 0;
            var slopes = chosen.ToDictionary(index => index, index => (result.Slope[index] - along) / sum);
            var mean = slopes.Sum(entry => entry.Value * all[entry.Key]);
            for (var index = start; index < start + length; index++)
            {
                var slope = slopes.GetValueOrDefault(index);
                scores.Slope[index] += all[index] * (isSigmoid ? slope * (1 - all[index]) : slope - mean);
            }
        }
    }
}
