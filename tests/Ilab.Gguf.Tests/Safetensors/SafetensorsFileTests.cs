using System.Buffers.Binary;
using System.Text;
using Ilab.Gguf.Safetensors;

namespace Ilab.Gguf.Tests.Safetensors;

/// <summary>What is written is read, and what a stranger made up is refused with words.</summary>
public sealed class SafetensorsFileTests
{
    [Fact]
    public void WhatIsWrittenIsRead()
    {
        using var stream = new MemoryStream();
        new SafetensorsWriter()
            .AddMetadata("format", "pt")
            .Add("b", SafetensorsType.F32, [2, 3], static output => output.Write(new byte[24]))
            .Add("a", SafetensorsType.BF16, [4], static output => output.Write(new byte[8]))
            .Write(stream);
        stream.Position = 0;
        var file = SafetensorsFile.Read(stream);
        Assert.Equal(["b", "a"], file.Tensors.Select(static tensor => tensor.Name));
        Assert.Equal([2, 3], file.Tensors[0].Shape);
        Assert.Equal((24L, 8L), (file.Tensors[1].Offset, file.Tensors[1].Bytes));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(0, file.DataOffset % 8);
    }

    [Theory]
    [InlineData("", 0, "tensor")] // an empty header is no JSON
    [InlineData("""[]""", 0, "not a JSON object")]
    [InlineData("""{"a":1}""", 0, "lacks dtype")]
    [InlineData("""{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}""", 4, "unknown type")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "impossible shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9],"data_offsets":[0,4]}}""", 4, "impossible shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "want 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "impossible data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "hole of 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 2, "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 9, "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "twice")]
    [InlineData("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", 4, "not JSON as the format wants it")]
    public void AHeaderThatLiesIsRefused(string header, int data, string reason)
    {
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Read(Bytes(header, data)));
        Assert.True(header.Length == 0 || error.Message.Contains(reason, StringComparison.Ordinal), error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1_000_000UL)]
    [InlineData(0UL)]
    public void ALengthThatTheFileDoesNotHaveIsRefusedBeforeAnythingIsAllocated(ulong length)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        Assert.Throws<SafetensorsException>(() => SafetensorsFile.Read(new MemoryStream(bytes)));
    }

    [Fact]
    public void EveryCutOfAFileIsRefused()
    {
        var whole = Bytes("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", 12).ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<SafetensorsException>(() => SafetensorsFile.Read(new MemoryStream(whole, 0, length)));
        }
    }

    private static MemoryStream Bytes(string header, int data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + data];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)text.Length);
        text.CopyTo(bytes, 8);
        return new MemoryStream(bytes);
    }
}
