using Ilab.Gguf;
using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Checks;
using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Tests.Fixtures;
using Ilab.Testing.Models;

namespace Ilab.Native.OneDnn.Tests.Coded;

/// <summary>What comes out for a row depends neither on the rows beside it nor on the number of threads, and is as exact as what ggml makes of it.</summary>
[Collection(NativeCollection.Name)]
public sealed class CodedTaskTests(Fixtures.Native native)
{
    private static readonly long[] RowCounts = [1, 2, 3, 4, 5, 8, 13, 63, 64, 65, 130, 200];

    [SkippableTheory]
    [InlineData(GgmlType.Q8_0)]
    [InlineData(GgmlType.Q4_0)]
    [InlineData(GgmlType.Q4_K)]
    public void RowsAreTheSameInEveryBatchAndOnAnyNumberOfThreads(GgmlType type)
    {
        Skip.IfNot(CodedWeight.IsSupported, "the processor has no AVX-VNNI");
        var accelerator = native.Accelerator!;
        using var model = new TestModel(type, new LlamaShape(256, 512, 1, 4, 1000));
        using var context = model.NewContext();
        using var attached = accelerator.Attach(context, model, long.MaxValue, static _ => { });
        Skip.If(attached.Uses.Count == 0, "llama.cpp has rearranged these weights, and there is no oneDNN");
        foreach (var (tensor, found) in attached.Uses)
        {
            using var use = new WeightUse(found.Source) { MinimumRows = 1, Coded = CodedWeight.Pack(found.Source) };
            var alone = Result(accelerator, tensor, use, 1, 1);
            var plain = Result(accelerator, tensor, null, 1, 1);
            Assert.InRange(Distance(plain, alone), 0, 0.01);
            var many = Result(accelerator, tensor, use, RowCounts[^1], 1);
            Assert.Equal(alone, many[..alone.Length]);
            foreach (var rows in RowCounts)
            {
                foreach (var threads in new[] { 1, 2, 3 })
                {
                    Assert.Equal(many[..(alone.Length * (int)rows)], Result(accelerator, tensor, use, rows, threads));
                }
            }
        }
    }

    private static float[] Result(Accelerator accelerator, nint tensor, WeightUse? use, long rows, int threads)
    {
        using var backend = AcceleratorBackend.Create(accelerator, threads);
        using var graph = new ProductGraph([(tensor, 1)], rows, backend.Cpu);
        graph.Result(0).Fill(float.NaN); // what is not written is noticed
        graph.Run(backend, use is null ? [] : new() { [tensor] = use });
        return graph.Result(0).ToArray();
    }

    private static double Distance(float[] left, float[] right) =>
        Math.Sqrt(left.Zip(right, static (a, b) => ((double)a - b) * (a - b)).Sum() / left.Sum(static a => (double)a * a));
}
