using Ilab.Gguf;
using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Checks;
using Ilab.Native.OneDnn.Tests.Fixtures;

namespace Ilab.Native.OneDnn.Tests.Products;

/// <summary>In strict mode a row's result does not depend on how many rows it travels with.</summary>
[Collection(NativeCollection.Name)]
public sealed class ProductPlannerTests(Fixtures.Native native)
{
    private static readonly long[] RowCounts = [1, 2, 3, 5, 8, 16, 17, 31, 64, 100, 128, 129, 300, 512];

    [SkippableTheory]
    [InlineData(GgmlType.F32, true)]
    [InlineData(GgmlType.Q8_0, true)]
    [InlineData(GgmlType.Q8_0, false)]
    [InlineData(GgmlType.Q4_K, true)]
    [InlineData(GgmlType.Q4_K, false)]
    public void StrictRowsAreTheSameInEveryBatch(GgmlType type, bool packed)
    {
        var accelerator = native.Required;
        using var model = new TestModel(type);
        using var context = model.NewContext();
        using var attached = accelerator.Attach(context, model, packed ? long.MaxValue : 0, static _ => { });
        using var backend = AcceleratorBackend.Create(accelerator, 2);
        accelerator.Strict = true;
        try
        {
            foreach (var (tensor, use) in attached.Uses)
            {
                Assert.Equal(packed, use.IsPacked);
                var first = FirstRow(backend, tensor, use, RowCounts[0]);
                Assert.All(RowCounts, rows => Assert.Equal(first, FirstRow(backend, tensor, use, rows)));
            }
        }
        finally
        {
            accelerator.Strict = false;
        }
    }

    private static float[] FirstRow(AcceleratorBackend backend, nint tensor, WeightUse use, long rows)
    {
        using var graph = new ProductGraph([(tensor, 1)], rows, backend.Cpu);
        graph.Result(0).Fill(float.NaN);
        use.MinimumRows = 1;
        graph.Run(backend, new() { [tensor] = use });
        return graph.Result(0)[..(int)use.Source.Rows].ToArray();
    }
}
