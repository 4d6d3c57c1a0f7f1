using Ilab.Gguf.Decoders;
using Ilab.Native.Llama.Ggml;

namespace Ilab.Runner.Training.Graph;

/// <summary>
/// Products with weights in a graph, with their biases and adapters. Some rows of a matrix that holds several are a product of their own, so that results need
/// not be taken apart; its adapter's inner result is computed once.
/// </summary>
internal sealed class Linears(GgmlContext context, TrainingModel model, Dropout? dropout)
{
    private readonly Dictionary<string, (Tensor Of, Tensor Inner)> _inner = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers = dropout is null
        ? []
        : model.Weights.All.Select(static (weight, index) => (weight.Name, index)).ToDictionary(static entry => entry.Name, static entry => entry.index);

    public Tensor Of(Projection projection, Tensor x)
    {
        var name = projection.Name + ".weight";
        var y = context.MatMul(Rows(model.Weights[name], projection), x);
        if (model.Weights.Find(projection.Name + ".bias") is { } bias)
        {
            y = context.Add(y, projection.IsPart ? context.PartOf(bias, projection.First, projection.Rows) : bias);
        }

        if (model.Adapters?.Find(name) is var (a, b))
        {
            return context.Add(y, context.MatMul(Rows(b, projection), Inner(name, a, x)));
        }

        return model.Adapters?.PartsOf(name).FirstOrDefault(part => part.Rows == projection) is { } own
            ? context.Add(y, context.MatMul(own.B, Inner(name, own.A, x)))
            : y;
    }

    private Tensor Inner(string name, Tensor a, Tensor x)
    {
        if (_inner.TryGetValue(a.Name, out var known) && known.Of == x)
        {
            return known.Inner;
        }

        var seen = dropout?.Apply(context, x, _numbers[name]) ?? x;
        var inner = context.Scale(context.MatMul(a, seen), model.Adapters!.Scale);
        _inner[a.Name] = (x, inner);
        return inner;
    }

    private Tensor Rows(Tensor matrix, Projection projection) => projection.IsPart ? context.RowsOf(matrix, projection.First, projection.Rows) : matrix;
}
