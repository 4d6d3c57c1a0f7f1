using Ilab.Gguf;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Native.Llama;
using Ilab.Runner.Conversion;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>Perplexity against its definition, worked out by a reference in double precision; quantization by what it leaves of a model.</summary>
[Collection(NativeCompute.Name)]
public sealed class PerplexityTests : IDisposable
{
    private const int Chunk = 16;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab-perplexity-");
    private readonly TinyModel _model = new(new TinyModelShape());

    [Fact]
    public void ItIsExpOfTheMeanLossOfTheSecondHalvesOfTheChunks()
    {
        var file = Convert();
        var text = string.Concat(Enumerable.Repeat("the cat at the hat, ", 12));
        using var model = NativeLogits.Load(file);
        var measured = Perplexity.Measure(model, text, Chunk, threads: 2, static (_, _) => { });
        var tokens = NativeLogits.Tokenize(file, text);
        var losses = new List<double>();
        var reference = new ReferenceTransformer(_model);
        for (var chunk = 0; chunk < tokens.Length / Chunk; chunk++)
        {
            int[] own = [1, .. tokens[((chunk * Chunk) + 1)..((chunk + 1) * Chunk)]];
            var logits = reference.Run(own);
            for (var index = Chunk / 2; index < Chunk - 1; index++)
            {
                losses.Add(Math.Log(logits[index].Sum(Math.Exp)) - logits[index][own[index + 1]]);
            }
        }

        Assert.Equal(losses.Count, measured.Tokens);
        Assert.Equal(tokens.Length / Chunk, measured.Chunks);
        var expected = Math.Exp(losses.Average());
        Assert.InRange(Math.Abs((measured.Value / expected) - 1), 0, 2e-3); // keys and values are in F16
    }

    [Fact]
    public void ATextThatIsTooShortIsRefused()
    {
        using var model = NativeLogits.Load(Convert());
        var error = Assert.Throws<RunnerTaskException>(() => Perplexity.Measure(model, "the cat", 512, 2, static (_, _) => { }));
        Assert.Contains("1024", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, GgmlType.Q8_0)]
    [InlineData(2, GgmlType.Q4_0)]
    [InlineData(1, GgmlType.F16)]
    public void AQuantizedFileHasTheTypeAndIsSmaller(int fileType, GgmlType type)
    {
        var (source, target) = (Convert(), Path.Combine(_folder.FullName, "small.gguf"));
        NativeLogits.Load(source).Dispose();
        LlamaQuantizer.Run(new QuantizeJob(source, target, fileType, 2, null));
        Assert.Contains(GgufFile.Read(target).Tensors, tensor => tensor.Name == "blk.0.ffn_up.weight" && tensor.Type == type);
        Assert.True(new FileInfo(target).Length < new FileInfo(source).Length);
    }

    [Fact]
    public void AnImportanceMatrixReachesTheLibrary()
    {
        var (source, plain, weighted) = (Convert(), Path.Combine(_folder.FullName, "plain.gguf"), Path.Combine(_folder.FullName, "weighted.gguf"));
        NativeLogits.Load(source).Dispose();
        var importance = GgufFile
            .Read(source)
            .Tensors.Where(static tensor => tensor.Shape.Count == 2)
            .ToDictionary(
                static tensor => tensor.Name,
                static tensor => Enumerable.Range(0, (int)tensor.Shape[0]).Select(static column => column % 7 == 0 ? 100f : 0.01f).ToArray()
            );
        LlamaQuantizer.Run(new QuantizeJob(source, plain, 2, 2, null));
        LlamaQuantizer.Run(new QuantizeJob(source, weighted, 2, 2, importance));
        Assert.False(File.ReadAllBytes(plain).AsSpan().SequenceEqual(File.ReadAllBytes(weighted)));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Convert()
    {
        _model.Write(_folder.FullName);
        using var conversion = HuggingFaceConverter.Prepare(
            new Ilab.Gguf.Conversion.SourceFolder(_folder.FullName, static path => File.OpenHandle(path)),
            GgmlType.F32
        );
        var file = Path.Combine(_folder.FullName, "model.gguf");
        using var stream = File.Create(file);
        conversion.Write(stream, static _ => { }, CancellationToken.None);
        return file;
    }
}
