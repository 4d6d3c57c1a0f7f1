using Ilab.Gguf;
using Ilab.Gguf.Decoders;
using Ilab.Gguf.Families;
using Ilab.Runner.Inference;
using Ilab.Runner.Training.Graph;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Who trains a model that cannot be trained is told what stands in the way, before anything starts.</summary>
public sealed class RefusedFamiliesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Every family without a computation, and one that nobody knows.</summary>
    public static TheoryData<string, string> Untrained()
    {
        var data = new TheoryData<string, string> { { "nobody-knows", "does not know" } };
        foreach (var family in FamilyList.All.Where(static family => family.Computation is null).DistinctBy(static family => family.Architecture))
        {
            data.Add(family.Architecture, family.Untrained!);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Untrained))]
    public void TheFamilyAndTheReasonAreNamed(string architecture, string reason)
    {
        var path = Write(new GgufWriter().Add("general.architecture", architecture));
        var error = Assert.Throws<RunnerException>(() => TrainingModel.Read([path]));

        Assert.Equal("UNSUPPORTED", error.Kind);
        Assert.Contains($"a model of the {architecture} family", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("gemma3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AWeightThatWouldBeLeftOutIsNamed()
    {
        RandomTransformer.Write(Path.Combine(_folder.Path, "model.gguf"), new TransformerShape());
        var headers = new[] { GgufFile.Read(Path.Combine(_folder.Path, "model.gguf")) };
        Assert.Equal(2, DecoderReader.Read(Path.Combine(_folder.Path, "model.gguf"), headers).Layers.Count);
        var other = Copy("blk.1.attn_sinks.weight");
        var error = Assert.Throws<RunnerException>(() => TrainingModel.Read([other]));

        Assert.Equal("UNSUPPORTED", error.Kind);
        Assert.Contains("blk.1.attn_sinks.weight", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("q_proj", "attn_q")]
    [InlineData("attn_q", "attn_q")]
    public void ModulesMayBeCalledAsInACheckpoint(string wanted, string module)
    {
        RandomTransformer.Write(Path.Combine(_folder.Path, "model.gguf"), new TransformerShape());
        var (_, decoder) = TrainingModel.Read([Path.Combine(_folder.Path, "model.gguf")]);

        Assert.Equal([module], ModuleNames.Resolve(decoder, [wanted]).Modules);
        Assert.Equal(7, ModuleNames.Resolve(decoder, []).Modules.Count);
        Assert.Equal(["attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up"], ModuleNames.Resolve(decoder, ["gate_up_proj", "qkv_proj"]).Modules);
        Assert.Contains("c_attn", Assert.Throws<RunnerException>(() => ModuleNames.Resolve(decoder, [wanted, "c_attn"])).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The random model with one tensor more.</summary>
    private string Copy(string tensor)
    {
        var source = Path.Combine(_folder.Path, "model.gguf");
        var header = GgufFile.Read(source);
        using var file = File.OpenRead(source);
        var writer = new GgufWriter().AddMetadata(header, file, static key => key != "general.alignment");
        foreach (var entry in header.Tensors)
        {
            writer.AddTensor(entry.Name, entry.Type, [.. entry.Shape], stream => stream.Write(new byte[entry.Bytes]));
        }

        writer.AddTensor(tensor, GgmlType.F32, [4], static stream => stream.Write(new byte[16]));
        return Write(writer, "other.gguf");
    }

    private string Write(GgufWriter writer, string name = "model.gguf")
    {
        var path = Path.Combine(_folder.Path, name);
        writer.Write(path);
        return path;
    }
}
