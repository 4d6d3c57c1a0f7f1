using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Gguf.Description;
using Ilab.Gguf.Safetensors;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion;

/// <summary>To GGUF and back: every number and the tokenizer are what they were.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-roundtrip-").FullName;

    public static TheoryData<string, bool> Families =>
        new()
        {
            { "LlamaForCausalLM", true },
            { "Qwen2ForCausalLM", false },
            { "Qwen3ForCausalLM", false },
            { "GraniteForCausalLM", true },
        };

    [Theory]
    [MemberData(nameof(Families))]
    public void AModelComesBackWithItsNumbersAndItsTokenizer(string className, bool sentencePiece)
    {
        var model = new TinyModel(ShapeOf(className));
        model.Write(At("source"), sentencePiece: sentencePiece);
        var first = Convert("source", GgmlType.F32);
        HuggingFaceExporter.Write(first, Directory.CreateDirectory(At("back")).FullName, null, static _ => { }, CancellationToken.None);
        AssertSameWeights(At("source/model.safetensors"), At("back/model.safetensors"));
        var second = Convert("back", GgmlType.F32);
        Assert.Equal(Described(first), Described(second));
    }

    [Fact]
    public void Llama3ScalingIsFoundAgain()
    {
        new TinyModel(new TinyModelShape { ScalesLikeLlama3 = true, RopeBase = 500_000 }).Write(At("source"));
        HuggingFaceExporter.Write(
            Convert("source", GgmlType.F32),
            Directory.CreateDirectory(At("back")).FullName,
            null,
            static _ => { },
            CancellationToken.None
        );
        using var back = new SourceFolder(At("back"), static path => File.OpenHandle(path));
        var scaling = HuggingFaceConfig.Read(back).Config.Rope;
        Assert.Equal(("llama3", 8, 64L), (scaling.Kind, scaling.Own("factor"), scaling.OriginalContext));
    }

    [Fact]
    public void AnAdapterComesBackWithItsNumbers()
    {
        var random = new Random(3);
        var folder = Directory.CreateDirectory(At("adapter")).FullName;
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """{"peft_type":"LORA","r":4,"lora_alpha":8,"target_modules":["q_proj","down_proj"]}""");
        var writer = new SafetensorsWriter();
        foreach (var (module, rows, columns) in new[] { ("model.layers.0.self_attn.q_proj", 64, 64), ("model.layers.1.mlp.down_proj", 64, 96) })
        {
            Add(writer, $"base_model.model.{module}.lora_A.weight", 4, columns, random);
            Add(writer, $"base_model.model.{module}.lora_B.weight", rows, 4, random);
        }

        writer.Write(Path.Combine(folder, "adapter_model.safetensors"));
        var shape = HuggingFaceConfigOf(new TinyModelShape());
        var file = At("adapter.gguf");
        using (var conversion = PeftConverter.Prepare(new SourceFolder(folder, static path => File.OpenHandle(path)), shape, null))
        {
            Write(conversion, file);
        }

        var header = GgufFile.Read(file);
        Assert.Equal("adapter", header.GetString("general.type"));
        Assert.Equal(8f, header.Metadata["adapter.lora.alpha"].Value);
        Assert.Contains(header.Tensors, static tensor => tensor.Name == "blk.1.ffn_down.weight.lora_b" && tensor.Shape.SequenceEqual([4UL, 64UL]));
        using (var export = PeftExporter.Prepare(file, shape))
        {
            export.Write(Directory.CreateDirectory(At("back")).FullName, static _ => { }, CancellationToken.None);
            Assert.Equal(export.Files.Order(), Directory.GetFiles(At("back")).Select(Path.GetFileName).Order());
        }

        AssertSameWeights(Path.Combine(folder, "adapter_model.safetensors"), At("back/adapter_model.safetensors"));
    }

    [Fact]
    public void WritingTellsHowFarItIsAndStopsWhenItIsTold()
    {
        new TinyModel(new TinyModelShape()).Write(At("source"));
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(At("source"), static path => File.OpenHandle(path)), null);
        using var stop = new CancellationTokenSource();
        long told = 0;
        Assert.Throws<OperationCanceledException>(() =>
            conversion.Write(
                Stream.Null,
                written =>
                {
                    told = written;
                    stop.Cancel();
                },
                stop.Token
            )
        );
        Assert.InRange(told, 1, conversion.Bytes);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static TinyModelShape ShapeOf(string className) =>
        className switch
        {
            "Qwen2ForCausalLM" => new TinyModelShape
            {
                ClassName = className,
                QueryBias = true,
                TiesEmbedding = true,
            },
            "Qwen3ForCausalLM" => new TinyModelShape
            {
                ClassName = className,
                NormsHeads = true,
                HeadDimension = 32,
            },
            "GraniteForCausalLM" => new TinyModelShape { ClassName = className, Granite = (0.05, 12, 0.22, 8) },
            _ => new TinyModelShape { ClassName = className },
        };

    private FamilyModel HuggingFaceConfigOf(TinyModelShape shape)
    {
        new TinyModel(shape).Write(At("base"));
        using var folder = new SourceFolder(At("base"), static path => File.OpenHandle(path));
        return HuggingFaceConfig.Read(folder);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Convert(string source, GgmlType type)
    {
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(At(source), static path => File.OpenHandle(path)), type);
        var file = At(source + ".gguf");
        Write(conversion, file);
        return file;
    }

    private static void Write(GgufConversion conversion, string path)
    {
        using var stream = File.Create(path);
        conversion.Write(stream, static _ => { }, CancellationToken.None);
    }

    private static void Add(SafetensorsWriter writer, string name, int rows, int columns, Random random)
    {
        var bytes = new byte[rows * columns * sizeof(float)];
        for (var index = 0; index < bytes.Length; index += sizeof(float))
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(index), random.NextSingle());
        }

        writer.Add(name, SafetensorsType.F32, [rows, columns], stream => stream.Write(bytes));
    }

    private static void AssertSameWeights(string expected, string actual)
    {
        var (left, right) = (SafetensorsFile.Read(expected), SafetensorsFile.Read(actual));
        Assert.Equal(left.Tensors.Select(static tensor => tensor.Name).Order(), right.Tensors.Select(static tensor => tensor.Name).Order());
        var (leftBytes, rightBytes) = (File.ReadAllBytes(expected), File.ReadAllBytes(actual));
        foreach (var tensor in left.Tensors)
        {
            var other = right.Tensors.Single(candidate => candidate.Name == tensor.Name);
            Assert.Equal(tensor.Shape, other.Shape);
            Assert.True(
                leftBytes
                    .AsSpan((int)(left.DataOffset + tensor.Offset), (int)tensor.Bytes)
                    .SequenceEqual(rightBytes.AsSpan((int)(right.DataOffset + other.Offset), (int)other.Bytes)),
                tensor.Name
            );
        }
    }

    /// <summary>All metadata but the name, which is the folder's.</summary>
    private static string[] Described(string gguf)
    {
        using var stream = File.OpenRead(gguf);
        var file = GgufFile.Read(stream);
        var arrays = new GgufArrays(file, stream);
        string[] vocabulary =
        [
            .. arrays.Strings("tokenizer.ggml.tokens")!,
            .. arrays.Strings("tokenizer.ggml.merges") ?? [],
            .. (arrays.Floats("tokenizer.ggml.scores") ?? []).Select(static score => score.ToString("R", null)),
            .. arrays.Ints("tokenizer.ggml.token_type")!.Select(static kind => kind.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ];
        return
        [
            .. file
                .Metadata.Where(static entry => entry.Key != "general.name")
                .Select(static entry => $"{entry.Key}={entry.Value}")
                .Order(StringComparer.Ordinal),
            .. vocabulary,
        ];
    }
}
