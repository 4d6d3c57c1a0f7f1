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
            _ => path + "mlp.gate",
        };

    public bool Exists => decoder.Has(Router + ".weight");

    public Value Apply(Value x)
    {
        var scores = decoder.Linear(Router, x);
        var weights = Weights(scores);
        Value? sum = null;
        for (var expert = 0; expert < scores.Columns; expert++)
        {
            var own = tape.Multiply(Expert(expert, x), Spread(tape.Take(weights, [expert]), x.Columns));
            sum = sum is null ? own : tape.Add(sum, own);
        }

        if (_type == "qwen2_moe")
        {
            var gate = tape.Each(decoder.Linear(path + "mlp.shared_expert_gate", x), static v => (Sigmoid(v), Sigmoid(v) * (1 - Sigmoid(v))));
            return tape.Add(sum!, tape.Multiply(decoder.Gated(path + "mlp.shared_expert.", x), Spread(gate, x.Columns)));
        }

        return _type == "ernie4_5_moe" ? tape.Add(sum!, decoder.Gated(path + "mlp.shared_experts.", x)) : sum!;
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
            default:
                return decoder.Gated($"{path}mlp.experts.{expert}.", x);
        }
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

    /// <summary>Softmax over all experts; all but the best are zero, and what is left may be made to add up to one.</summary>
    private Value Weights(Value scores)
    {
        var used = (int)decoder.Number("num_experts_per_tok", "moe_k");
        var normalizes = _type is not ("qwen2_moe" or "olmoe");
        var bias = _type == "ernie4_5_moe" ? decoder.Tensor(path + "mlp.moe_statics.e_score_correction_bias") : null;
        var (count, all) = (scores.Columns, new double[scores.Data.Length]);
        var result = new Value(scores.Rows, count);
        for (var row = 0; row < scores.Rows; row++)
        {
            var line = scores.Data.AsSpan(row * count, count).ToArray();
            var total = line.Sum(value => Math.Exp(value - line.Max()));
            var own = Array.ConvertAll(line, value => Math.Exp(value - line.Max()) / total);
            own.CopyTo(all, row * count);
            var best = Enumerable.Range(0, count).OrderByDescending(expert => own[expert] + (bias?[expert] ?? 0)).Take(used).ToArray();
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
                scores.Slope[index] += all[index] * (slopes.GetValueOrDefault(index) - mean);
            }
        }
    }
}
