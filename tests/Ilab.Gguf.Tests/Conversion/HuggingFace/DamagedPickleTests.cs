using System.Diagnostics;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>Checkpoints of PyTorch with one thing wrong in each: refused in one line with the file or the tensor, soon, and nothing is left behind.</summary>
[Collection(nameof(Alone))]
public sealed class DamagedPickleTests : SourceFixture
{
    private const string Name = "pytorch_model.bin",
        Circle = "X\u0001\0\0\0x]q\u0001h\u0001a";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    public static TheoryData<string, string, string> Steps =>
        new()
        {
            { "a list that holds itself instead of weights", Circle, "is missing" },
            { "a dictionary that holds itself instead of weights", "X\u0001\0\0\0x}q\u0001X\u0001\0\0\0yh\u0001s", "is missing" },
            { "a step too many", "e", Name },
            { "a memory that is not there", "h\u0009", Name },
            { "an unknown step", "i", Name },
            { "a text without an end", "X\u007f\u007f\u007f\u007f", Name },
            { "a thousand marks", new string('(', 1000), "is missing" },
            { "a list of lists without an end", string.Concat(Enumerable.Repeat("]", 100_000)), "is missing" },
        };

    [Theory]
    [MemberData(nameof(Steps))]
    public void StepsInsteadOfWeights(string what, string ops, string part)
    {
        Write();
        File.Delete(At("model.safetensors"));
        new PickleFile().AddOps(ops).Write(At(Name));
        Require(what, part);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(25)]
    [InlineData(50)]
    [InlineData(75)]
    [InlineData(99)]
    public void WeightsThatWereCut(int percent)
    {
        var model = Write();
        File.Delete(At("model.safetensors"));
        PickleFile.Of(model).Write(At(Name));
        using (var stream = File.OpenWrite(At(Name)))
        {
            stream.SetLength(stream.Length * percent / 100);
        }

        Require($"cut at {percent} %", Name);
    }

    private void Require(string what, string part)
    {
        var before = Directory.GetFiles(Folder).Order(StringComparer.Ordinal).ToArray();
        var (message, taken) = Outcome();
        for (var time = 0; taken > Longest && time < 4; time++)
        {
            (message, taken) = Outcome(); // a busy machine is not the folder's fault
        }

        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
        Assert.True(taken <= Longest, $"{what}: {taken.TotalSeconds:F1} s");
        Assert.Equal(before, Directory.GetFiles(Folder).Order(StringComparer.Ordinal));
    }

    private (string Message, TimeSpan Taken) Outcome()
    {
        var begun = Stopwatch.GetTimestamp();
        using var source = Source();
        var error = Assert.ThrowsAny<ConversionException>(() =>
        {
            using var conversion = HuggingFaceConverter.Prepare(source, null);
            conversion.Write(Stream.Null, static _ => { }, CancellationToken.None);
        });
        return (error.Message, Stopwatch.GetElapsedTime(begun));
    }
}
