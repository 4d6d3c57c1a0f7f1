using Ilab.Native.OneDnn.Checks;
using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Tests.Fixtures;

namespace Ilab.Native.OneDnn.Tests.Checks;

[Collection(NativeCollection.Name)]
public sealed class SelfCheckTests(Fixtures.Native native)
{
    [SkippableFact]
    public void EveryKindOfWeightsIsWithinItsBound()
    {
        var results = SelfCheck.Run(native.Required, SelfCheck.All);
        Assert.All(results, static product => Assert.True(product.IsGood, product.ToString()));
        foreach (var type in new[] { "F32", "F16", "BF16", "Q8_0", "Q4_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K" })
        {
            Assert.Contains(results, product => product.Type == type);
            Assert.Contains(results, product => product.Type == $"{type}, not packed");
        }

        foreach (var type in CodedWeight.IsSupported ? new[] { "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K" } : [])
        {
            Assert.Contains(results, product => product.Type == $"{type}, coded");
        }
    }

    [SkippableFact]
    public void FloatsAreMoreExactThanThePlainPath() =>
        Assert.All(
            SelfCheck
                .Run(native.Required, SelfCheck.All)
                .Where(static product => product.Type.StartsWith('Q') && !product.Type.EndsWith("coded", StringComparison.Ordinal)),
            static product => Assert.True(product.Accelerated < product.Plain, product.ToString())
        );
}
