using System.Security.Cryptography;
using Ilab.Gguf.Conversion.HuggingFace;

namespace Ilab.Gguf.Tests.Conversion;

/// <summary>A conversion that was interrupted anywhere ends as one that was not.</summary>
public sealed class ContinuedConversionTests : SourceFixture
{
    [Fact]
    public void WhatWasWrittenIsKept()
    {
        Write();
        var whole = File.ReadAllBytes(Convert().Path);
        foreach (
            var (written, kept) in new[]
            {
                (0, 0),
                (10, 10),
                (whole.Length / 2, whole.Length / 2),
                (whole.Length, whole.Length / 3),
                (whole.Length, whole.Length),
            }
        )
        {
            using var stream = new MemoryStream();
            stream.Write(whole.AsSpan(0, written));
            Spoil(stream, kept);
            Assert.Equal(SHA256.HashData(whole), Continue(stream, kept));
            Assert.Equal(whole, stream.ToArray());
        }
    }

    /// <summary>What is known to be on disk is not converted again.</summary>
    [Fact]
    public void KeptBytesAreNotWrittenAgain()
    {
        Write();
        var whole = File.ReadAllBytes(Convert().Path);
        whole[^1] ^= 1;
        using var stream = new MemoryStream();
        stream.Write(whole);
        Assert.Equal(SHA256.HashData(whole), Continue(stream, whole.Length));
    }

    [Fact]
    public void AnotherFileIsWrittenOver()
    {
        Write();
        var whole = File.ReadAllBytes(Convert().Path);
        using var stream = new MemoryStream();
        stream.Write(new byte[2 * whole.Length]);
        Continue(stream, whole.Length);
        Assert.Equal(whole, stream.ToArray());
    }

    private byte[] Continue(MemoryStream stream, long kept)
    {
        using var conversion = HuggingFaceConverter.Prepare(Source(), null);
        return conversion.Continue(stream, kept, static _ => { }, CancellationToken.None);
    }

    // What is not known to be on disk may be anything after a crash.
    private static void Spoil(MemoryStream stream, int kept)
    {
        var bytes = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        bytes[kept..].Fill(0xAA);
    }
}
