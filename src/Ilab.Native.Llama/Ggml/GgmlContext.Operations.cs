using Ilab.Native.Llama.Ggml.Kernels;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Ggml;

/// <summary>Operations: each creates a node and computes nothing.</summary>
public sealed unsafe partial class GgmlContext
{
    /// <summary>Gets rows of a table by index (I32), as F32. This dequantizes a quantized table.</summary>
    public Tensor GetRows(Tensor table, Tensor indices)
    {
        Require(indices.Type == TensorTypes.I32, "row indices {0} are not I32", indices);
        Require(table[2] == indices[1] && table[3] == indices[2] && indices[3] == 1, "rows {1} cannot be taken of {0}", table, indices);
        return new(GgmlApi.ggml_get_rows(Pointer, table.Pointer, indices.Pointer));
    }

    /// <summary>Sets rows of a table by index (I32); the result is the table.</summary>
    public Tensor SetRows(Tensor table, Tensor rows, Tensor indices)
    {
        Require(table.IsFloat && table.IsContiguous && rows.IsFloat && rows.IsContiguous && rows[0] == table[0], "{1} are no rows of {0}", table, rows);
        Require(
            indices.Type == TensorTypes.I32 && indices[0] == rows[1] && indices.Elements == indices[0],
            "row indices {0} are not I32, one for each row",
            indices
        );
        Require(table[2] * table[3] == 1 && rows[2] * rows[3] == 1, "{0} has more than one matrix", table);
        return new(GgmlApi.ggml_set_rows(Pointer, table.Pointer, rows.Pointer, indices.Pointer));
    }

    /// <summary>x / sqrt(mean(x^2) + epsilon) along rows.</summary>
    public Tensor RmsNorm(Tensor a, float epsilon)
    {
        Require(a.IsFloat && epsilon >= 0, "{0} cannot be normalized", a);
        return new(GgmlApi.ggml_rms_norm(Pointer, a.Pointer, epsilon));
    }

    /// <summary>Element-wise; b is broadcast to the shape of a.</summary>
    public Tensor Multiply(Tensor a, Tensor b)
    {
        Require(CanRepeat(b, a), "{1} cannot be repeated to {0}", a, b);
        return new(GgmlApi.ggml_mul(Pointer, a.Pointer, b.Pointer));
    }

    /// <summary>Element-wise; b is broadcast to the shape of a.</summary>
    public Tensor Add(Tensor a, Tensor b)
    {
        Require(CanRepeat(b, a), "{1} cannot be repeated to {0}", a, b);
        return new(GgmlApi.ggml_add(Pointer, a.Pointer, b.Pointer));
    }

    public Tensor Scale(Tensor a, float factor)
    {
        Require(a.IsFloat && a.IsContiguous, "{0} cannot be scaled", a);
        return factor == 1 ? a : new(GgmlApi.ggml_scale(Pointer, a.Pointer, factor));
    }

    public Tensor Sum(Tensor a) => new(GgmlApi.ggml_sum(Pointer, a.Pointer));

    /// <summary>Matrix multiplication: weights [k, m] times rows [k, n, ...] = [m, n, ...]; each element is the dot product of a row of each.</summary>
    public Tensor MatMul(Tensor weights, Tensor rows)
    {
        Require(weights[0] == rows[0] && rows[2] % weights[2] == 0 && rows[3] % weights[3] == 0, "{0} and {1} cannot be multiplied", weights, rows);
        Require(weights.Pointer->nb[0] <= weights.Pointer->nb[1], "{0} is transposed and cannot be multiplied", weights);
        return new(GgmlApi.ggml_mul_mat(Pointer, weights.Pointer, rows.Pointer));
    }

    public Tensor Contiguous(Tensor a) => new(GgmlApi.ggml_cont(Pointer, a.Pointer));

    /// <summary>Copies into a tensor of any shape; the result is the target.</summary>
    public Tensor Copy(Tensor a, Tensor target)
    {
        Require(a.Elements == target.Elements, "{0} cannot be copied to {1}", a, target);
        return new(GgmlApi.ggml_cpy(Pointer, a.Pointer, target.Pointer));
    }

    public Tensor Reshape(Tensor a, long ne0, long ne1 = 1, long ne2 = 1, long ne3 = 1)
    {
        Require(a.IsContiguous && a.Elements == ne0 * ne1 * ne2 * ne3, "{0} cannot be seen as [{1}, {2}, {3}, {4}]", a, ne0, ne1, ne2, ne3);
        return new(GgmlApi.ggml_reshape_4d(Pointer, a.Pointer, ne0, ne1, ne2, ne3));
    }

    /// <summary>Dimension i of a becomes dimension axis-i of the result.</summary>
    public Tensor Permute(Tensor a, int axis0, int axis1, int axis2, int axis3)
    {
        Require(
            ((1 << axis0) | (1 << axis1) | (1 << axis2) | (1 << axis3)) == 15,
            "({1}, {2}, {3}, {4}) is no permutation of {0}",
            a,
            axis0,
            axis1,
            axis2,
            axis3
        );
        return new(GgmlApi.ggml_permute(Pointer, a.Pointer, axis0, axis1, axis2, axis3));
    }

    public Tensor Transpose(Tensor a) => new(GgmlApi.ggml_transpose(Pointer, a.Pointer));

    /// <summary>silu(gate) * up.</summary>
    public Tensor SwiGlu(Tensor gate, Tensor up)
    {
        Require(gate.IsFloat && up.IsFloat && gate.HasShapeOf(up) && gate.IsContiguous && up.IsContiguous, "{0} cannot gate {1}", gate, up);
        return new(GgmlApi.ggml_swiglu_split(Pointer, gate.Pointer, up.Pointer));
    }

    /// <summary>x * sigmoid(x).</summary>
    public Tensor Silu(Tensor a)
    {
        Require(a.IsFloat && a.IsContiguous, "{0} is not fit for silu", a);
        return new(GgmlApi.ggml_silu(Pointer, a.Pointer));
    }

    /// <summary>softmax(a) along rows.</summary>
    public Tensor SoftMax(Tensor a)
    {
        Require(a.IsFloat && a.IsContiguous, "{0} is not fit for a softmax", a);
        return new(GgmlApi.ggml_soft_max_ext(Pointer, a.Pointer, null, 1, 0));
    }

    /// <summary>softmax(scale * a + mask) along rows.</summary>
    public Tensor SoftMax(Tensor a, Tensor mask, float scale)
    {
        Require(a.IsFloat && a.IsContiguous, "{0} is not fit for a softmax", a);
        Require(
            mask.IsFloat && mask.IsContiguous && mask[0] == a[0] && mask[1] >= a[1] && a[2] % mask[2] == 0 && a[3] % mask[3] == 0,
            "{1} is no mask for {0}",
            a,
            mask
        );
        return new(GgmlApi.ggml_soft_max_ext(Pointer, a.Pointer, mask.Pointer, scale, 0));
    }

    /// <param name="a">[head size, heads, tokens, sequences].</param>
    /// <param name="positions">[tokens], I32.</param>
    /// <param name="rope">Parameters of the embedding.</param>
    public Tensor Rope(Tensor a, Tensor positions, in RopeParameters rope)
    {
        Require(
            a.IsFloat && positions.Type == TensorTypes.I32 && positions.Elements == positions[0] && positions[0] == a[2],
            "{1} are no positions for {0}",
            a,
            positions
        );
        Require(rope.Dimensions > 0 && rope.Dimensions % 2 == 0 && rope.Dimensions <= a[0], "{0} cannot be rotated in {1} dimensions", a, rope.Dimensions);
        Require(rope.Factors.IsNull || (rope.Factors.IsFloat && rope.Factors[0] >= rope.Dimensions / 2), "{0} are not enough frequency factors", rope.Factors);
        return new(
            GgmlApi.ggml_rope_ext(
                Pointer,
                a.Pointer,
                positions.Pointer,
                rope.Factors.Pointer,
                rope.Dimensions,
                rope.IsNeoX ? 2 : 0,
                rope.OriginalContext,
                rope.FrequencyBase,
                rope.FrequencyScale,
                rope.Extension,
                rope.Magnitude,
                rope.BetaFast,
                rope.BetaSlow
            )
        );
    }

    /// <summary>An AdamW step, in place.</summary>
    /// <param name="numbers">Seven: learning rate, beta1, beta2, epsilon, weight decay, 1/(1-beta1^t), 1/(1-beta2^t).</param>
    /// <param name="clip">One number: factor of the gradient, for clipping.</param>
    /// <param name="isOwn">Whether it is computed by a function of this process instead of the backend's operations.</param>
    public Tensor AdamW(TrainedTensor parameter, Tensor numbers, Tensor clip, bool isOwn)
    {
        var (value, gradient, m, v) = parameter;
        Require(
            value is { IsParameter: true, IsFloat: true, IsContiguous: true } && gradient is { IsFloat: true, IsContiguous: true } && m.IsFloat && v.IsFloat,
            "{0} cannot be trained",
            value
        );
        Require(
            gradient.HasShapeOf(value)
                && m.HasShapeOf(value)
                && v.HasShapeOf(value)
                && numbers.IsFloat
                && numbers.Elements == 7
                && clip.IsFloat
                && clip.Elements == 1,
            "what belongs to {0} is not of its shape",
            value
        );
        if (!isOwn)
        {
            return new(GgmlApi.ggml_opt_step_adamw(Pointer, value.Pointer, Multiply(gradient, clip).Pointer, m.Pointer, v.Pointer, numbers.Pointer));
        }

        var step = GgmlApi.ggml_opt_step_adamw(Pointer, value.Pointer, gradient.Pointer, m.Pointer, v.Pointer, numbers.Pointer);
        AdamStep.Install(step, clip.Pointer);
        return new(step);
    }

    private static bool CanRepeat(Tensor small, Tensor large) =>
        large[0] % small[0] == 0 && large[1] % small[1] == 0 && large[2] % small[2] == 0 && large[3] % small[3] == 0;
}

/// <summary>Rotary position embedding: number of dimensions, pairing, and frequencies.</summary>
/// <param name="IsNeoX">Pairs (i, i + n/2) instead of adjacent ones.</param>
/// <param name="Factors">Divisors of the frequencies, or none.</param>
public readonly record struct RopeParameters(int Dimensions, bool IsNeoX, float FrequencyBase, float FrequencyScale, Tensor Factors)
{
    /// <summary>Tokens that the model was trained with before it was stretched; for yarn.</summary>
    public int OriginalContext { get; init; }

    /// <summary>1 = yarn mixes stretched and plain frequencies; 0 = it does not.</summary>
    public float Extension { get; init; }

    /// <summary>Factor of what was turned; with yarn, ggml multiplies it by 1 - 0.1 ln(scale).</summary>
    public float Magnitude { get; init; } = 1;

    public float BetaFast { get; init; } = 32;

    public float BetaSlow { get; init; } = 1;
}

/// <summary>A trained tensor and its optimizer state, all F32 of the same shape.</summary>
/// <param name="Value">Marked as a parameter.</param>
/// <param name="Gradient">Accumulated.</param>
/// <param name="M">First moment: mean of the gradient.</param>
/// <param name="V">Second moment: mean of its square.</param>
public readonly record struct TrainedTensor(Tensor Value, Tensor Gradient, Tensor M, Tensor V);
