using Ilab.Gguf;
using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Tests.Fixtures;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Native.OneDnn.Tests;

[Collection(NativeCollection.Name)]
public sealed class AcceleratorTests(Fixtures.Native native)
{
    private const long Plenty = long.MaxValue;

    /// <summary>Codes have the digits of the plain path, which may round a few in another way.</summary>
    private const double SameDigits = 1.1;

    [SkippableTheory]
    [InlineData(GgmlType.F32, 1e-4)]
    [InlineData(GgmlType.F16, 2e-3)]
    [InlineData(GgmlType.BF16, 2e-2)]
    [InlineData(GgmlType.Q8_0, 4e-2)]
    [InlineData(GgmlType.Q4_0, 4e-2)]
    [InlineData(GgmlType.Q4_K, 6e-2)]
    [InlineData(GgmlType.Q6_K, 6e-2)]
    public void LogitsAreThoseOfThePlainPathButForRounding(GgmlType type, double most)
    {
        var accelerator = native.Required;
        using var model = new TestModel(type);
        using var context = model.NewContext();
        var plain = model.Logits(context, 100);
        using var attached = accelerator.Attach(context, model, Plenty, static _ => { });
        Everything(attached);
        var before = accelerator.ProductCount;
        var accelerated = model.Logits(context, 100);
        Assert.True(
            accelerator.ProductCount > before,
            $"no product was accelerated: {accelerator.ReasonOff}, {attached.Matrices} matrices, {attached.Packed} packed"
        );
        Assert.InRange(TestModel.Difference(plain, accelerated), 0, most);
    }

    /// <summary>The plain path rounds activations to 8 bits for quantized weights; the accelerator, with attention, must not be further from the truth. Where
    /// whole numbers are the faster products, it rounds in the same way.</summary>
    [SkippableTheory]
    [InlineData(GgmlType.Q8_0, 20)]
    [InlineData(GgmlType.Q8_0, 200)]
    [InlineData(GgmlType.Q4_0, 200)]
    [InlineData(GgmlType.Q4_K, 200)]
    [InlineData(GgmlType.Q6_K, 200)]
    public void ItIsNotLessExactThanThePlainPath(GgmlType type, int tokens)
    {
        var accelerator = native.Required;
        using var model = new TestModel(type, new LlamaShape(512, 1024, 6, 8, 2048, 256));
        using var floats = model.InFloats();
        using var reference = floats.NewContext();
        using var context = model.NewContext();
        var exact = floats.Logits(reference, tokens);
        var plain = TestModel.Difference(exact, model.Logits(context, tokens));
        using var attached = accelerator.Attach(context, model, Plenty, static _ => { });
        Everything(attached);
        var most = attached.Uses.Values.Any(static use => use is { Coded: not null, FloatRows: WeightUse.Never }) ? plain * SameDigits : plain;
        Assert.InRange(TestModel.Difference(exact, model.Logits(context, tokens)), 0, most);
    }

    /// <summary>One layer, and nothing but its experts: which are chosen is then the same on both paths.</summary>
    [SkippableTheory]
    [InlineData(GgmlType.F32, 100, 1e-5)]
    [InlineData(GgmlType.BF16, 100, 1e-2)]
    [InlineData(GgmlType.Q8_0, 1, 2e-2)]
    [InlineData(GgmlType.Q8_0, 3, 2e-2)]
    [InlineData(GgmlType.Q8_0, 300, 2e-2)]
    [InlineData(GgmlType.Q4_K, 100, 2e-2)]
    public void ExpertsGiveWhatThePlainPathGives(GgmlType type, int tokens, double most)
    {
        var accelerator = native.Required;
        using var model = new TestModel(type, new LlamaShape(256, 512, 1, 4, 1024, 256, Experts: 4));
        using var context = model.NewContext();
        var plain = model.Logits(context, tokens);
        using var attached = accelerator.Attach(context, model, Plenty, static _ => { });
        Assert.Equal(3, attached.Uses.Values.Count(static use => use is { IsStack: true, IsPacked: true, Chosen: 2 }));
        foreach (var use in attached.Uses.Values)
        {
            use.MinimumRows = use.IsStack ? 1 : WeightUse.Never;
        }

        accelerator.Strict = true; // leaves attention, and so the choice of experts, to the plain path
        var before = accelerator.ProductCount;
        var accelerated = model.Logits(context, tokens);
        accelerator.Strict = false;
        Assert.Equal(3, accelerator.ProductCount - before);
        Assert.InRange(TestModel.Difference(plain, accelerated), 0, most);
    }

    [SkippableFact]
    public void WithoutMemoryForPackedWeightsTheResultIsTheSame()
    {
        var accelerator = native.Required;
        using var model = new TestModel(GgmlType.Q8_0);
        using var context = model.NewContext();
        float[] packed,
            unpacked;
        using (var attached = accelerator.Attach(context, model, Plenty, static _ => { }))
        {
            Everything(attached);
            packed = model.Logits(context, 100);
        }

        using (var attached = accelerator.Attach(context, model, budget: 0, static _ => { }))
        {
            Assert.Equal((0, 0L), (attached.Packed, attached.PackedBytes));
            Everything(attached);
            unpacked = model.Logits(context, 100);
        }

        // Floats or codes of 8 bits, whichever gains with so many rows.
        Assert.InRange(TestModel.Difference(packed, unpacked), 0, 3e-2);
    }

    [SkippableFact]
    public void TheBudgetIsKept()
    {
        var accelerator = native.Required;
        using var model = new TestModel(GgmlType.Q8_0);
        using var context = model.NewContext();
        long all;
        using (var attached = accelerator.Attach(context, model, Plenty, static _ => { }))
        {
            all = attached.PackedBytes;
            Assert.Equal(attached.Matrices, attached.Packed);
        }

        using var few = accelerator.Attach(context, model, all / 4, static _ => { });
        Assert.InRange(few.PackedBytes, 1, all / 4);
        Assert.InRange(few.Packed, 1, few.Matrices - 1);
        Assert.InRange(few.MissingBytes, 1, all);
    }

    [SkippableFact]
    public void EvictedWeightsAreNotUsedAnyMore()
    {
        var accelerator = native.Required;
        using var model = new TestModel(GgmlType.Q8_0);
        using var context = model.NewContext();
        var plain = model.Logits(context, 100);
        using (var attached = accelerator.Attach(context, model, Plenty, static _ => { }))
        {
            Everything(attached);
        }

        var before = accelerator.ProductCount;
        Assert.Equal(plain, model.Logits(context, 100));
        Assert.Equal(before, accelerator.ProductCount);
    }

    [SkippableFact]
    public void ProgressEndsAtTheWhole()
    {
        var accelerator = native.Required;
        using var model = new TestModel(GgmlType.Q8_0);
        using var context = model.NewContext();
        var seen = new List<float>();
        using var attached = accelerator.Attach(context, model, Plenty, seen.Add);
        Assert.Equal(1, seen[^1]);
        Assert.Equal(seen.Order(), seen);
    }

    [SkippableFact]
    public async Task TwoContextsAtOnceGiveWhatEachGivesAlone()
    {
        var accelerator = native.Required;
        using var one = new TestModel(GgmlType.Q8_0);
        using var two = new TestModel(GgmlType.Q4_K);
        using var first = one.NewContext();
        using var second = two.NewContext();
        using var attachedOne = accelerator.Attach(first, one, Plenty, static _ => { });
        using var attachedTwo = accelerator.Attach(second, two, Plenty, static _ => { });
        Everything(attachedOne);
        Everything(attachedTwo);
        var (alone, other) = (one.Logits(first, 100), two.Logits(second, 100));
        await Task.WhenAll(
            Task.Run(() => Repeat(() => Assert.Equal(alone, one.Logits(first, 100)))),
            Task.Run(() => Repeat(() => Assert.Equal(other, two.Logits(second, 100))))
        );
    }

    [SkippableFact]
    public async Task GarbageCollectionsChangeNothing()
    {
        var accelerator = native.Required;
        using var model = new TestModel(GgmlType.Q8_0);
        using var context = model.NewContext();
        using var attached = accelerator.Attach(context, model, Plenty, static _ => { });
        Everything(attached);
        var calm = model.Logits(context, 100);
        using var stop = new CancellationTokenSource();
        var stress = Task.Run(() =>
        {
            for (var round = 0; !stop.IsCancellationRequested; round++)
            {
                _ = Enumerable.Range(0, 500).Select(static size => new byte[size * 7]).ToList();
                GC.Collect(round % 3);
            }
        });
        Repeat(() => Assert.Equal(calm, model.Logits(context, 100)));
        await stop.CancelAsync();
        await stress;
    }

    [SkippableFact]
    public void LoadingAndUnloadingLeavesNothingBehind()
    {
        var accelerator = native.Required;
        using var model = new TestModel(GgmlType.Q8_0, new LlamaShape(512, 1024, 4, 8, 2048, 256));
        for (var round = 0; round < 25; round++)
        {
            Round();
        }

        var before = ProcessMemory.Settled();
        for (var round = 0; round < 100; round++)
        {
            Round();
        }

        // what one round packs is 22 MiB: a leak of it would be 2 GiB; the allocators' own unrest is up to 30 MiB
        Assert.InRange(ProcessMemory.Settled() - before, long.MinValue, 64L << 20);

        void Round()
        {
            using var context = model.NewContext();
            using var attached = accelerator.Attach(context, model, Plenty, static _ => { });
            Everything(attached);
            model.Logits(context, 20);
        }
    }

    [SkippableFact]
    public void TheKernelsGoWithTheLastModel()
    {
        var accelerator = native.Required;
        using var model = new TestModel(GgmlType.F16);
        using var context = model.NewContext();
        using (var attached = accelerator.Attach(context, model, Plenty, static _ => { }))
        {
            Everything(attached);
            model.Logits(context, 20);
            Assert.NotEqual(0, accelerator.Kernels!.Count);
        }

        Assert.Equal(0, accelerator.Kernels!.Count);
    }

    private static void Repeat(Action action)
    {
        for (var round = 0; round < 30; round++)
        {
            action();
        }
    }

    /// <summary>Takes every product, whatever was measured on a machine that may be busy.</summary>
    private static void Everything(AcceleratedModel model)
    {
        foreach (var use in model.Uses.Values)
        {
            use.MinimumRows = 1;
        }
    }
}
