using System.Numerics;
using System.Runtime.InteropServices;
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

    /// <summary>Every type that is checked; weights of any other type are multiplied as floats, which F32 and BF16 stand for.</summary>
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

    /// <summary>ggml's numbers of all types that are checked.</summary>
    public static IReadOnlyList<int> All { get; } = [.. Types.Select(static one => one.Type)];

    /// <summary>What has to be right before anything is multiplied at all: floats of both kinds, and whole numbers.</summary>
    public static IReadOnlyList<int> First { get; } = [0, 30, 8];

    /// <summary>Whether the product is one of weights of the type.</summary>
    public static bool IsOf(CheckedProduct product, int type) =>
        Types.FirstOrDefault(one => one.Type == type).Name is { } name && product.Type.Split(',')[0] == name;

    /// <param name="wanted">ggml's numbers of the types to check; those that are not known here are left out.</param>
    /// <exception cref="OneDnnException">A product could not be made at all.</exception>
    public static IReadOnlyList<CheckedProduct> Run(Accelerator accelerator, IEnumerable<int> wanted)
    {
        var results = new List<CheckedProduct>();
        using var backend = AcceleratorBackend.Create(accelerator, accelerator.Options.Threads);
        foreach (var (name, type) in Types.Where(one => wanted.Contains(one.Type)))
        {
            using var weights = new RandomWeights(type, Depth, Columns);
            var rows = new WeightRows(weights.Tensor->data, type, Depth, Columns);
            var uses = Uses(accelerator, name, rows);
            var exact = Doubles(weights.Floats);
            foreach (var count in RowCounts)
            {
                results.AddRange(Compare(backend, weights, exact, count, uses));
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

    private static List<CheckedProduct> Compare(
        AcceleratorBackend backend,
        RandomWeights weights,
        double[] exactWeights,
        long rows,
        params (string Name, WeightUse Use)[] uses
    )
    {
        using var graph = new ProductGraph([((nint)weights.Tensor, 1)], rows, backend.Cpu);
        var source = ProductGraph.Values(graph.Sources[Depth]);
        for (var index = 0; index < source.Length; index += 97)
        {
            source[index] *= 20;
        }

        var exact = Exact(exactWeights, Doubles(source), rows);
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

    private static double[] Exact(double[] weights, double[] source, long rows)
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

    /// <summary>Sum of the products; the length is a multiple of four vectors.</summary>
    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        var lefts = MemoryMarshal.Cast<double, Vector<double>>(left);
        var rights = MemoryMarshal.Cast<double, Vector<double>>(right);
        Vector<double> first = default,
            second = default,
            third = default,
            fourth = default;
        for (var index = 0; index + 3 < lefts.Length && index + 3 < rights.Length; index += 4)
        {
            first += lefts[index] * rights[index];
            second += lefts[index + 1] * rights[index + 1];
            third += lefts[index + 2] * rights[index + 2];
            fourth += lefts[index + 3] * rights[index + 3];
        }

        return Vector.Sum(first + second + third + fourth);
    }

    private static double[] Doubles(ReadOnlySpan<float> values)
    {
        var result = new double[values.Length];
        for (var index = 0; index < result.Length; index++)
        {
            result[index] = values[index];
        }

        return result;
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
