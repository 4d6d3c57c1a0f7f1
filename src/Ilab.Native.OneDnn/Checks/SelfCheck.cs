using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Products;

namespace Ilab.Native.OneDnn.Checks;

/// <summary>One comparison: the error of the plain CPU path and of the accelerator against products in double precision, relative to the size of the
/// results.</summary>
/// <param name="Type">Type of the weights, as in a GGUF.</param>
/// <param name="Rows">Rows of the product.</param>
/// <param name="Bound">The largest error that the accelerator may have.</param>
public sealed record CheckedProduct(string Type, long Rows, double Plain, double Accelerated, double Bound)
{
    public bool IsGood => Accelerated <= Bound;
}

/// <summary>
/// Compares products with those of the CPU path before the accelerator is believed on a machine: every kind of weights, few rows and many, columns that fill
/// no block. Activations are as in a model: mostly small, a few large.
/// </summary>
internal static unsafe class SelfCheck
{
    private const int Depth = 512;
    private const int Columns = 328;

    /// <summary>BF16 keeps 8 bits of each factor; sums of many products lose little more.</summary>
    private const double Bfloat16Bound = 0.006;

    private const double SingleBound = 1e-5;

    /// <summary>Codes have the digits of the plain path, which may round a few in another way.</summary>
    private const double SameDigits = 1.1;

    private static readonly (string Name, int Type)[] Types =
    [
        ("F32", 0),
        ("F16", 1),
        ("BF16", 30),
        ("Q8_0", 8),
        ("Q4_0", 2),
        ("Q4_1", 3),
        ("Q5_0", 6),
        ("Q5_1", 7),
        ("Q2_K", 10),
        ("Q3_K", 11),
        ("Q4_K", 12),
        ("Q5_K", 13),
        ("Q6_K", 14),
    ];
    private static readonly long[] RowCounts = [2, 7, 130];

    /// <exception cref="OneDnnException">A product could not be made at all.</exception>
    public static IReadOnlyList<CheckedProduct> Run(Accelerator accelerator)
    {
        var results = new List<CheckedProduct>();
        using var backend = AcceleratorBackend.Create(accelerator, accelerator.Options.Threads);
        foreach (var (name, type) in Types)
        {
            using var weights = new RandomWeights(type, Depth, Columns);
            var rows = new WeightRows(weights.Tensor->data, type, Depth, Columns);
            var uses = Uses(accelerator, name, rows);
            foreach (var count in RowCounts)
            {
                results.AddRange(Compare(backend, weights, count, uses));
            }

            Array.ForEach(uses, static one => one.Use.Dispose());
        }

        return results;
    }

    private static (string Name, WeightUse Use)[] Uses(Accelerator accelerator, string name, WeightRows rows)
    {
        var uses = new List<(string, WeightUse)>();
        if (accelerator.Kernels is { } kernels)
        {
            var packed = new WeightUse(rows) { MinimumRows = 1, Packed = PackedWeight.Pack(kernels, rows) };
            packed.Packed.CanBeSliced = SliceCheck.Passes(kernels, packed.Packed);
            uses.Add((name, packed));
            uses.Add(($"{name}, not packed", new WeightUse(rows) { MinimumRows = 1 }));
        }

        if (CodedWeight.Suits(rows))
        {
            uses.Add(($"{name}, coded", new WeightUse(rows) { MinimumRows = 1, Coded = CodedWeight.Pack(rows) }));
        }

        return [.. uses];
    }

    private static List<CheckedProduct> Compare(AcceleratorBackend backend, RandomWeights weights, long rows, params (string Name, WeightUse Use)[] uses)
    {
        using var graph = new ProductGraph([((nint)weights.Tensor, 1)], rows, backend.Cpu);
        var source = ProductGraph.Values(graph.Sources[Depth]);
        for (var index = 0; index < source.Length; index += 97)
        {
            source[index] *= 20;
        }

        var exact = Exact(weights.Floats, source.ToArray(), rows);
        graph.Run(backend, []);
        var plain = Error(exact, graph.Result(0));
        var results = new List<CheckedProduct>();
        foreach (var (name, use) in uses)
        {
            graph.Result(0).Fill(float.NaN); // what is not written is noticed
            graph.Run(backend, new() { [(nint)weights.Tensor] = use });
            var bound =
                use.Source.Precision == Precision.Single ? SingleBound
                : use.Coded is not null ? Math.Max(plain * SameDigits, Bfloat16Bound)
                : Math.Max(plain, Bfloat16Bound);
            results.Add(new CheckedProduct(name, rows, plain, Error(exact, graph.Result(0)), bound));
        }

        return results;
    }

    private static double[] Exact(float[] weights, float[] source, long rows)
    {
        var result = new double[rows * Columns];
        for (var row = 0; row < (int)rows; row++)
        {
            for (var column = 0; column < Columns; column++)
            {
                result[(row * Columns) + column] = Dot(weights.AsSpan(column * Depth, Depth), source.AsSpan(row * Depth, Depth));
            }
        }

        return result;
    }

    private static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double even = 0,
            odd = 0;
        for (var index = 0; index < left.Length; index += 2)
        {
            even += (double)left[index] * right[index];
            odd += (double)left[index + 1] * right[index + 1];
        }

        return even + odd;
    }

    private static double Error(double[] exact, ReadOnlySpan<float> values)
    {
        double difference = 0,
            size = 0;
        for (var index = 0; index < exact.Length; index++)
        {
            difference += (exact[index] - values[index]) * (exact[index] - values[index]);
            size += exact[index] * exact[index];
        }

        return double.IsNaN(difference) ? double.PositiveInfinity : Math.Sqrt(difference / size);
    }
}
