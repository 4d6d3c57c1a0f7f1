using System.IO.Compression;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>Checkpoints in PyTorch's own form: read, and never run.</summary>
public sealed class PickleCheckpointTests : SourceFixture
{
    private const string Name = "pytorch_model.bin";

    [Fact]
    public void APickleBecomesTheSameModelAsSafetensors()
    {
        var model = Write();
        var expected = File.ReadAllBytes(Convert().Path);
        File.Delete(At("model.safetensors"));
        PickleFile.Of(model).Write(At(Name));
        Assert.Equal(expected, File.ReadAllBytes(Convert().Path));
    }

    [Theory]
    [InlineData("os", "system", "touch /tmp/ilab-ran")]
    [InlineData("builtins", "eval", "1")]
    [InlineData("torch", "load", "x")]
    public void AFunctionIsNotRunButNamed(string module, string function, string argument)
    {
        var model = Write();
        File.Delete(At("model.safetensors"));
        PickleFile.Of(model).AddCall("model.norm.weight", module, function, argument).Write(At(Name));
        var error = Refused();
        Assert.Contains($"{module}.{function}", error.Message, StringComparison.Ordinal);
        Assert.Contains(Name, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a list that holds itself", "X\u0001\0\0\0x]q\u0001h\u0001a")]
    [InlineData("a dictionary that holds itself", "X\u0001\0\0\0x}q\u0001X\u0001\0\0\0yh\u0001s")]
    public void ACircleIsNoTrouble(string what, string ops)
    {
        var model = Write();
        File.Delete(At("model.safetensors"));
        PickleFile.Of(model).AddOps(ops).Write(At(Name));
        Assert.True(Convert().Has("output_norm.weight"), what);
    }

    [Theory]
    [InlineData("h\u0009", "not a whole pickle")]
    [InlineData("i", "no checkpoint needs")]
    [InlineData("X\u007f\u007f\u007f\u007f", "not a whole pickle")]
    [InlineData("e", "not a whole pickle")]
    public void StepsThatMakeNoSenseAreRefused(string ops, string reason)
    {
        var model = Write();
        File.Delete(At("model.safetensors"));
        PickleFile.Of(model).AddOps(ops).Write(At(Name));
        Assert.Contains(reason, Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATensorThatDoesNotLieInItsDataIsRefused()
    {
        Write();
        File.Delete(At("model.safetensors"));
        new PickleFile().Add("model.norm.weight", [1_000_000_000, 1_000_000_000], new byte[64]).Write(At(Name));
        Assert.Contains("model.norm.weight", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AViewThatIsTurnedIsRefused()
    {
        Write();
        File.Delete(At("model.safetensors"));
        new PickleFile().Add("model.norm.weight", [4, 4], new byte[64], strides: [1, 4]).Write(At(Name));
        Assert.Contains("do not lie in order", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CompressedEntriesAreRefused()
    {
        var model = Write();
        File.Delete(At("model.safetensors"));
        PickleFile.Of(model).Write(At(Name), CompressionLevel.Optimal);
        Assert.Contains("compressed", Refused().Message, StringComparison.Ordinal);
    }
}
