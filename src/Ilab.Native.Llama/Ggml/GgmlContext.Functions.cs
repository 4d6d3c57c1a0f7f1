using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>
/// Operations that ggml has no gradient of. For backends that call functions of this process, a node that has a gradient of the same form is marked, and <see
/// cref="RowKernels"/> computes both; for others they are made of operations that have gradients.
/// </summary>
public sealed unsafe partial class GgmlContext
{
    /// <summary>A function of each number.</summary>
    /// <param name="isOwn">Whether the backend calls functions of this process.</param>
    public Tensor Apply(Tensor a, in PointFunction function, bool isOwn)
    {
        Require(a.IsFloat && a.IsContiguous, "{0} is not fit for a function of each number", a);
        if (isOwn)
        {
            var node = GgmlApi.ggml_silu(Pointer, a.Pointer);
            PointKernels.Mark(node, function);
            return new(node);
        }

        return function.Kind switch
        {
            PointKind.Gelu => Gelu(a),
            PointKind.ExactGelu => ExactGelu(a),
            PointKind.SquaredRelu => Square(Relu(a)),
            PointKind.SoftCap => SoftCap(a, function.First, function.Second),
            PointKind.Clamp => Shifted(Minus(Relu(Shifted(a, function.First)), Relu(Shifted(a, -function.First))), -function.First),
            PointKind.Xielu => Xielu(a, function),
            PointKind.Sigmoid => Sigmoid(a),
            _ => throw new ArgumentOutOfRangeException(nameof(function)),
        };
    }

    /// <summary>A mixture of experts of each row. Only for backends that call functions of this process.</summary>
    public Tensor Experts(Tensor a, ExpertBlock block)
    {
        Require(a.IsFloat && a.IsContiguous && a[2] * a[3] == 1, "{0} is not fit for experts", a);
        var node = GgmlApi.ggml_silu(Pointer, a.Pointer);
        PointKernels.Mark(node, new PointFunction(PointKind.Experts) { Block = block.Data });
        return new(node);
    }

    /// <summary>
    /// softmax(scale * a + mask) along rows, with one more number for each head that takes its share and is no result. Only for backends that call
    /// functions of this process. Its gradient is that of a softmax.
    /// </summary>
    /// <param name="sinks">F32 [heads].</param>
    /// <param name="group">So many heads have rows that alternate in each matrix of <paramref name="a"/>.</param>
    public Tensor SoftMax(Tensor a, Tensor mask, float scale, Tensor sinks, int group)
    {
        Require(sinks.IsFloat && sinks.Elements == a[2] * group, "{1} are no sinks for {0}", a, sinks);
        var node = SoftMax(a, mask, scale);
        new Sinks((nint)sinks.Pointer, group).Mark(node.Pointer);
        return node;
    }

    /// <summary>(x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) along rows.</summary>
    /// <param name="isOwn">Whether the backend calls functions of this process.</param>
    public Tensor LayerNorm(Tensor a, float epsilon, bool isOwn)
    {
        Require(a.IsFloat && a.IsContiguous && epsilon > 0, "{0} cannot be normalized", a);
        if (isOwn)
        {
            // What marks the node is also in the one of its gradient.
            return new(GgmlApi.ggml_rms_norm(Pointer, a.Pointer, -epsilon));
        }

        var mean = Scale(new Tensor(GgmlApi.ggml_sum_rows(Pointer, a.Pointer)), -1f / a.Columns);
        return RmsNorm(Add(a, mean), epsilon);
    }

    /// <summary>Some rows of a matrix, in place.</summary>
    public Tensor RowsOf(Tensor matrix, long first, long rows)
    {
        Require(first >= 0 && rows > 0 && first + rows <= matrix[1] && matrix[2] * matrix[3] == 1, "{0} has no rows {1} to {2}", matrix, first, first + rows);
        var step = matrix.Pointer->nb[1];
        return new(GgmlApi.ggml_view_2d(Pointer, matrix.Pointer, matrix[0], rows, (nuint)step, (nuint)(step * (ulong)first)));
    }

    /// <summary>Some columns of matrices, in place.</summary>
    public Tensor ColumnsOf(Tensor matrices, long first, long columns)
    {
        Require(
            matrices.IsFloat && matrices.IsContiguous && matrices[3] == 1 && first >= 0 && columns > 0 && first + columns <= matrices[0],
            "{0} has no columns {1} to {2}",
            matrices,
            first,
            first + columns
        );
        var pointer = matrices.Pointer;
        return new(
            GgmlApi.ggml_view_3d(
                Pointer,
                pointer,
                columns,
                matrices[1],
                matrices[2],
                (nuint)pointer->nb[1],
                (nuint)pointer->nb[2],
                (nuint)(first * sizeof(float))
            )
        );
    }

    /// <summary>Some numbers of a vector, in place.</summary>
    public Tensor PartOf(Tensor vector, long first, long count)
    {
        Require(
            vector.IsFloat && vector.IsContiguous && vector.Elements == vector[0] && first >= 0 && count > 0 && first + count <= vector[0],
            "{0} has no numbers {1} to {2}",
            vector,
            first,
            first + count
        );
        return new(GgmlApi.ggml_view_2d(Pointer, vector.Pointer, count, 1, (nuint)(count * sizeof(float)), (nuint)(first * sizeof(float))));
    }

    // x * sigmoid(u) with u = x * s is silu(u) / s, and s is never near zero.
    private Tensor Gelu(Tensor a)
    {
        const float Root = 1.5957691216f,
            Cubic = 0.044715f;
        var s = Shifted(Scale(Square(a), Root * Cubic), Root);
        return Divide(new Tensor(GgmlApi.ggml_silu(Pointer, Multiply(a, s).Pointer)), s);
    }

    // The same with more of the series, whose sigmoid is the normal distribution to 3e-6: devices have no gradient of the error function.
    private Tensor ExactGelu(Tensor a)
    {
        ReadOnlySpan<float> series = [1.5956563f, 0.07293758f, -2.4971881e-4f, -6.1162923e-5f, 2.2382181e-6f];
        var square = Square(a);
        var s = Scale(square, series[^1]);
        for (var index = series.Length - 2; index >= 0; index--)
        {
            s = Shifted(s, series[index]);
            s = index == 0 ? s : Multiply(s, square);
        }

        return Divide(new Tensor(GgmlApi.ggml_silu(Pointer, Multiply(a, s).Pointer)), s);
    }

    // cap * tanh(y) = cap * (2 * sigmoid(2 y) - 1).
    private Tensor SoftCap(Tensor a, float scale, float cap) => Shifted(Scale(Sigmoid(Scale(a, 2 * scale / cap)), 2 * cap), -cap);

    // e^(u - softplus(u)), which overflows nowhere.
    private Tensor Sigmoid(Tensor a) => new(GgmlApi.ggml_exp(Pointer, Minus(a, new Tensor(GgmlApi.ggml_softplus(Pointer, a.Pointer))).Pointer));

    private Tensor Xielu(Tensor a, in PointFunction function)
    {
        var below = Scale(Relu(Scale(a, -1)), -1);
        var curve = Minus(new Tensor(GgmlApi.ggml_expm1(Pointer, below.Pointer)), below);
        return Add(Add(Scale(a, function.Third), Scale(Square(Relu(a)), function.Second)), Scale(curve, function.First));
    }

    private Tensor Square(Tensor a) => new(GgmlApi.ggml_sqr(Pointer, a.Pointer));

    private Tensor Relu(Tensor a) => new(GgmlApi.ggml_relu(Pointer, a.Pointer));

    private Tensor Divide(Tensor a, Tensor b) => new(GgmlApi.ggml_div(Pointer, a.Pointer, b.Pointer));

    private Tensor Minus(Tensor a, Tensor b) => new(GgmlApi.ggml_sub(Pointer, a.Pointer, b.Pointer));

    private Tensor Shifted(Tensor a, float amount) => new(GgmlApi.ggml_scale_bias(Pointer, a.Pointer, 1, amount));
}

/// <summary>Functions of each number.</summary>
public enum PointKind
{
    None,

    /// <summary>x * sigmoid(1.5957691216 * (x + 0.044715 x^3)), the form with tanh.</summary>
    Gelu,

    /// <summary>x * (1 + erf(x / sqrt(2))) / 2.</summary>
    ExactGelu,

    /// <summary>max(x, 0)^2.</summary>
    SquaredRelu,

    /// <summary>cap * tanh(scale * x / cap).</summary>
    SoftCap,

    /// <summary>x between two bounds.</summary>
    Clamp,

    /// <summary>xIELU: alpha_p x^2 + beta x above zero, alpha_n (e^x - 1 - x) + beta x below.</summary>
    Xielu,

    /// <summary>1 / (1 + e^-x).</summary>
    Sigmoid,

    /// <summary>Not of each number, but of each row: a mixture of experts.</summary>
    Experts,
}

/// <summary>A function with its numbers: scale and cap; the bound; alpha_n, alpha_p and beta.</summary>
public readonly record struct PointFunction(PointKind Kind, float First = 0, float Second = 0, float Third = 0)
{
    /// <summary>Address of the facts of experts.</summary>
    internal nint Block { get; init; }
}
