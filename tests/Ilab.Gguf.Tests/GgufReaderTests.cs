using System.Buffers.Binary;

namespace Ilab.Gguf.Tests;

/// <summary>Headers that strangers wrote: whatever is in them, the answer is one clear line and no more memory than the file is worth.</summary>
public sealed class GgufReaderTests
{
    [Fact]
    public void WhatIsWrittenIsRead()
    {
        var file = GgufFile.Read(new MemoryStream(Sample()));
        Assert.Equal(3u, file.Version);
        Assert.Equal("llama", file.GetString("general.architecture"));
        Assert.Equal(64ul, file.GetUnsigned("llama.embedding_length"));
        Assert.Equal(3ul, file.GetCount("tokenizer.ggml.tokens"));
        Assert.Equal("[a, b, c]", file.Metadata["tokenizer.ggml.tokens"].ToString());
        Assert.Equal(["x.weight", "y.weight"], file.Tensors.Select(static tensor => tensor.Name));
        Assert.Equal(34ul, file.Tensors[1].Bytes);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("short", "only 5 bytes")]
    [InlineData("this is a text file and no model at all", "does not start with GGUF")]
    public void WhatIsNoGgufIsSaidSo(string text, string problem) =>
        Assert.Contains(
            problem,
            Assert.Throws<GgufException>(() => GgufFile.Read(new MemoryStream(System.Text.Encoding.ASCII.GetBytes(text)))).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void ATruncatedFileIsNoticedWhereverItIsCut()
    {
        var whole = Sample();
        for (var length = 0; length < whole.Length - 31; length++)
        {
            var cut = whole[..length];
            Assert.Throws<GgufException>(() => GgufFile.Read(new MemoryStream(cut)));
        }
    }

    [Theory]
    [InlineData(8, "tensors")]
    [InlineData(16, "metadata entries")]
    public void AbsurdCountsAreRefusedBeforeAnythingIsAllocated(int offset, string what)
    {
        var file = Sample();
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(offset), ulong.MaxValue / 2);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<GgufException>(() => GgufFile.Read(new MemoryStream(file)));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void ABigEndianFileIsNamed()
    {
        var file = Sample();
        file.AsSpan(4, 4).Reverse();
        Assert.Contains("big-endian", Assert.Throws<GgufException>(() => GgufFile.Read(new MemoryStream(file))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FiveThousandMutationsNeverDoAnythingButSayNo()
    {
        var original = Sample();
        var random = new Random(20261121);
        for (var round = 0; round < 5000; round++)
        {
            var file = (byte[])original.Clone();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                var at = random.Next(file.Length);
                switch (random.Next(3))
                {
                    case 0:
                        file[at] = (byte)random.Next(256);
                        break;
                    case 1 when at + 8 <= file.Length:
                        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), (ulong)random.NextInt64(long.MinValue, long.MaxValue));
                        break;
                    default:
                        file = file[..Math.Max(at, 1)];
                        break;
                }
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                GgufFile.Read(new MemoryStream(file));
            }
            catch (GgufException exception)
            {
                Assert.DoesNotContain('\n', exception.Message);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        }
    }

    private static byte[] Sample()
    {
        using var stream = new MemoryStream();
        new GgufWriter()
            .Add("general.architecture", "llama")
            .Add("llama.embedding_length", 64u)
            .Add("llama.rope.freq_base", 10000f)
            .Add("tokenizer.ggml.tokens", ["a", "b", "c"])
            .Add("tokenizer.ggml.scores", (IReadOnlyList<float>)[0, 1, 2])
            .Add("general.quantized", true)
            .AddTensor("x.weight", GgmlType.F32, [4, 2], static output => output.Write(new byte[32]))
            .AddTensor("y.weight", GgmlType.Q8_0, [32], static output => output.Write(new byte[34]))
            .Write(stream);
        return stream.ToArray();
    }
}
