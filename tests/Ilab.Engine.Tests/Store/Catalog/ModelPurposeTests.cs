using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Gguf;

namespace Ilab.Engine.Tests.Store.Catalog;

/// <summary>Models that cannot write text are known by their headers.</summary>
public sealed class ModelPurposeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-purpose-").FullName;

    [Theory]
    [InlineData("bert", "encoder")]
    [InlineData("nomic-bert", "encoder")]
    [InlineData("t5encoder", "encoder")]
    [InlineData("gemma-embedding", "embedding model")]
    [InlineData("llama", null)]
    [InlineData("qwen3", null)]
    public void AnArchitectureCanSayIt(string architecture, string? purpose) => Assert.Equal(purpose, Read(architecture, static _ => { }).Purpose);

    [Theory]
    [InlineData("llama", false, null, "encoder")]
    [InlineData("qwen3", null, 3u, "embedding model")]
    [InlineData("qwen3", null, 4u, "classifier")]
    [InlineData("qwen2", true, 0u, null)]
    public void SoCanItsMetadata(string architecture, bool? causal, uint? pooling, string? purpose)
    {
        var summary = Read(
            architecture,
            writer =>
            {
                if (causal is { } flag)
                {
                    writer.Add($"{architecture}.attention.causal", flag);
                }

                if (pooling is { } number)
                {
                    writer.Add($"{architecture}.pooling_type", number);
                }
            }
        );
        Assert.Equal(purpose, summary.Purpose);
        if (purpose is null)
        {
            ModelPurpose.RequireGeneration("x", summary);
        }
        else
        {
            var error = Assert.Throws<EngineException>(() => ModelPurpose.RequireGeneration("x", summary));
            Assert.Equal(ErrorKind.CannotLoad, error.Kind);
            Assert.Contains(purpose, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AnAdapterIsNoModelByItself()
    {
        var error = Assert.Throws<EngineException>(() =>
            ModelPurpose.RequireGeneration("x", Read("llama", static writer => writer.Add("general.type", "adapter")))
        );
        Assert.Equal(ErrorKind.CannotLoad, error.Kind);
        Assert.Contains("ADAPTER", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void SummariesOfEarlierVersionsAreKnownByTheirArchitecture() =>
        Assert.Equal(ModelPurpose.Encoder, ModelPurpose.Of(new ModelSummary { Architecture = "bert", CanRun = true }));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ModelSummary Read(string architecture, Action<GgufWriter> add)
    {
        var writer = new GgufWriter().Add("general.architecture", architecture);
        add(writer);
        writer.AddTensor("token_embd.weight", GgmlType.F32, [32, 1], static stream => stream.Write(new byte[128]));
        var path = Path.Combine(_folder, "model.gguf");
        using (var file = File.Create(path))
        {
            writer.Write(file);
        }

        return GgufSummary.Read([path]);
    }
}
