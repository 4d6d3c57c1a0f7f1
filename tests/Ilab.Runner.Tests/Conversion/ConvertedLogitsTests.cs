using Ilab.Gguf;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.Llama2c;
using Ilab.Gguf.Safetensors;
using Ilab.Testing;
using Ilab.Testing.Models;
using Xunit.Abstractions;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>A converted model says what its source says: llama.cpp's logits against a reference in double precision that reads the source's own
/// numbers.</summary>
[Collection(NativeCompute.Name)]
public sealed class ConvertedLogitsTests(ITestOutputHelper output) : IDisposable
{
    private const double MostF32 = 1e-4;
    private static readonly int[] Tokens = [1, 40, 275, 7, 300, 12, 99, 260, 261, 5, 18, 311];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab-convert-");

    public static TheoryData<string> Families => [.. Shapes.Keys];

    private static Dictionary<string, TinyModelShape> Shapes { get; } =
        new()
        {
            ["llama"] = new TinyModelShape(),
            ["llama, tied, scaled"] = new TinyModelShape
            {
                TiesEmbedding = true,
                ScalesLikeLlama3 = true,
                RopeBase = 500_000,
            },
            ["llama, wide heads"] = new TinyModelShape { HeadDimension = 32 },
            ["mistral"] = new TinyModelShape { ClassName = "MistralForCausalLM", KvHeads = 1 },
            ["qwen2"] = new TinyModelShape
            {
                ClassName = "Qwen2ForCausalLM",
                QueryBias = true,
                TiesEmbedding = true,
                RopeBase = 1_000_000,
                RmsEpsilon = 1e-6,
            },
            ["qwen3"] = new TinyModelShape
            {
                ClassName = "Qwen3ForCausalLM",
                NormsHeads = true,
                HeadDimension = 32,
                RopeBase = 1_000_000,
                RmsEpsilon = 1e-6,
            },
            ["granite"] = new TinyModelShape
            {
                ClassName = "GraniteForCausalLM",
                TiesEmbedding = true,
                Granite = (0.05, 12, 0.22, 8),
            },
        };

    [Theory]
    [MemberData(nameof(Families))]
    public void AConvertedModelHasTheReferencesLogits(string name)
    {
        var model = new TinyModel(Shapes[name]);
        model.Write(_folder.FullName, shards: name == "mistral" ? 3 : 1);
        var file = Convert(GgmlType.F32);
        var difference = NativeLogits.Difference(new ReferenceTransformer(model).Run(Tokens), NativeLogits.Of(file, Tokens));
        output.WriteLine($"{name}: largest difference {difference:G3}");
        Assert.InRange(difference, 0, MostF32);
    }

    [Theory]
    [InlineData(SafetensorsType.F32)]
    [InlineData(SafetensorsType.F16)]
    [InlineData(SafetensorsType.BF16)]
    public void EveryFloatingTypeOfSourceIsRead(SafetensorsType type)
    {
        var model = new TinyModel(new TinyModelShape());
        model.Write(_folder.FullName, type);
        Assert.InRange(
            NativeLogits.Difference(new ReferenceTransformer(model).Run(Tokens), NativeLogits.Of(Convert(GgmlType.F32), Tokens)),
            0,
            type == SafetensorsType.F16 ? 0.05 : MostF32
        );
    }

    [Theory]
    [InlineData(GgmlType.F16, 0.05)]
    [InlineData(GgmlType.BF16, 0.1)]
    [InlineData(GgmlType.Q8_0, 0.5)]
    public void SmallerTypesStayNear(GgmlType type, double most)
    {
        var model = new TinyModel(new TinyModelShape());
        model.Write(_folder.FullName);
        var difference = NativeLogits.Difference(new ReferenceTransformer(model).Run(Tokens), NativeLogits.Of(Convert(type), Tokens));
        output.WriteLine($"{type}: largest difference {difference:G3}");
        Assert.InRange(difference, 0, most);
    }

    [Fact]
    public void TextBecomesTheTokensOfTheTokenizer()
    {
        new TinyModel(new TinyModelShape()).Write(_folder.FullName);
        Assert.Equal([1, 259 + 8, 259 + 11], NativeLogits.Tokenize(Convert(GgmlType.F32), "the cat")); // <s>, space + the, space + cat
        var bytes = Path.Combine(_folder.FullName, "bytes");
        new TinyModel(new TinyModelShape { ClassName = "Qwen2ForCausalLM", QueryBias = true }).Write(bytes, sentencePiece: false);
        Assert.Equal([259 + 1, 259 + 5], NativeLogits.Tokenize(Convert(GgmlType.F32, bytes), "the cat"));
    }

    [SkippableFact]
    public void ALlama2cCheckpointHasTheLogitsOfTheSameModelAsGguf()
    {
        Skip.If(TestPaths.Stories is null, "needs the real models beside the checkout");
        var folder = new SourceFolder(Path.Combine(TestPaths.Shared!, "models"), static path => File.OpenHandle(path));
        using var conversion = Llama2cConverter.Prepare(folder, "stories260K.bin", folder.ReadBytes("tok512.bin"), null);
        var file = Path.Combine(_folder.FullName, "stories.gguf");
        Write(conversion, file);
        int[] tokens = NativeLogits.Tokenize(TestPaths.Stories!, "Once upon a time, there was a little girl named Lily.");
        Assert.Equal(tokens, NativeLogits.Tokenize(file, "Once upon a time, there was a little girl named Lily."));
        var expected = NativeLogits.Of(TestPaths.Stories!, tokens).Select(static row => row.Select(static value => (double)value).ToArray()).ToArray();
        Assert.Equal(0, NativeLogits.Difference(expected, NativeLogits.Of(file, tokens)));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Convert(GgmlType type, string? source = null)
    {
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(source ?? _folder.FullName, static path => File.OpenHandle(path)), type);
        var file = Path.Combine(_folder.FullName, "model.gguf");
        Write(conversion, file);
        return file;
    }

    private static void Write(GgufConversion conversion, string path)
    {
        using var stream = File.Create(path);
        conversion.Write(stream, static _ => { }, CancellationToken.None);
    }
}
