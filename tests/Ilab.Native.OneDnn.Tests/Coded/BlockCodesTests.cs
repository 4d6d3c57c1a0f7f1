using Ilab.Native.Llama.Interop;
using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Tests.Fixtures;

namespace Ilab.Native.OneDnn.Tests.Coded;

/// <summary>Codes mean the weights that ggml reads.</summary>
[Collection(NativeCollection.Name)]
public sealed unsafe class BlockCodesTests(Fixtures.Native native)
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(13)]
    public void TheyAreTheWeights(int type)
    {
        const int Length = 2048;
        Assert.NotNull(native);
        Assert.True(BlockCodes.Knows(type));
        var random = new Random(type);
        var values = Enumerable.Range(0, Length).Select(_ => (random.NextSingle() * 4) - 1.5f).ToArray();
        var row = new byte[Length * sizeof(float)];
        var read = new float[Length];
        fixed (
            float* floats = values,
                expected = read
        )
        fixed (byte* bytes = row)
        {
            GgmlApi.ggml_quantize_chunk(type, floats, bytes, 0, 1, Length, null);
            GgmlApi.ggml_get_type_traits(type)->to_float(bytes, expected, Length);
            var codes = new byte[BlockCodes.Block];
            for (var block = 0; block < Length / BlockCodes.Block; block++)
            {
                var (scale, minimum) = BlockCodes.Read(bytes, type, block, codes);
                for (var element = 0; element < BlockCodes.Block; element++)
                {
                    var weight = (scale * (codes[element] - BlockCodes.Offset(type))) + minimum;
                    Assert.Equal(read[(block * BlockCodes.Block) + element], weight, 1e-5f);
                }
            }
        }
    }
}
