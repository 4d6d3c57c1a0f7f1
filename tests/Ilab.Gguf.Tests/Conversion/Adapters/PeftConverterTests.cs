using System.Text.Json.Nodes;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.Adapters;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Description;
using Ilab.Gguf.Safetensors;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion.Adapters;

/// <summary>Adapters of PEFT: what a GGUF adapter does to a matrix is what PEFT does to it, or the form is refused by name.</summary>
public sealed class PeftConverterTests : SourceFixture
{
    private const string Down = "model.layers.1.mlp.down_proj",
        Up = "model.layers.0.mlp.up_proj",
        Value = "model.layers.0.self_attn.v_proj";

    private static readonly Dictionary<string, (int Rows, int Columns, string Gguf)> Modules = new()
    {
        [Down] = (64, 96, "blk.1.ffn_down"),
        [Up] = (96, 64, "blk.0.ffn_up"),
        [Value] = (32, 64, "blk.0.attn_v"),
    };

    // What PEFT multiplies B A by: alpha / r, with rank-stabilized LoRA alpha / sqrt(r), each with the values of the module's patterns.
    public static TheoryData<string, int[], double[]> Scales =>
        new()
        {
            { """{"r":4,"lora_alpha":8}""", [4, 4, 4], [2, 2, 2] },
            { """{"r":4,"lora_alpha":8,"use_rslora":true}""", [4, 4, 4], [4, 4, 4] },
            { """{"r":4,"lora_alpha":8,"rank_pattern":{"down_proj":2}}""", [2, 4, 4], [4, 2, 2] },
            { """{"r":4,"lora_alpha":8,"alpha_pattern":{"up_proj":1,"layers\\.\\d+\\.self_attn\\.v_proj":64}}""", [4, 4, 4], [2, 0.25, 16] },
            { """{"r":4,"lora_alpha":8,"use_rslora":true,"rank_pattern":{"down_proj":16},"alpha_pattern":{"down_proj":2}}""", [16, 4, 4], [0.5, 4, 4] },
            { """{"r":4,"lora_alpha":8,"rank_pattern":{"^model.layers.0.mlp.up_proj":1,"proj":2}}""", [4, 1, 4], [2, 8, 2] },
            { """{"lora_alpha":16,"bias":"none","init_lora_weights":"gaussian"}""", [8, 8, 8], [2, 2, 2] },
            { """{"r":8,"lora_alpha":0,"alpha_pattern":{"v_proj":4},"init_lora_weights":true}""", [8, 8, 8], [0, 0, 0.5] },
        };

    [Theory]
    [MemberData(nameof(Scales))]
    public void WhatIsAddedToAMatrixIsWhatPeftAdds(string config, int[] ranks, double[] scales)
    {
        WriteAdapter(config, ranks);
        var (header, read) = ConvertAdapter();
        var alpha = (float)header.Metadata["adapter.lora.alpha"].Value;
        foreach (var (index, (module, (rows, columns, gguf))) in Modules.Index())
        {
            var (first, second, rank) = (read(gguf + ".weight.lora_a"), read(gguf + ".weight.lora_b"), ranks[index]);
            var own = alpha == 0 ? 1 : alpha / rank; // as llama.cpp takes it
            var (sourceFirst, sourceSecond) = (Numbers(module + "A", rank * columns), Numbers(module + "B", rows * rank));
            for (var row = 0; row < rows; row += 7)
            {
                for (var column = 0; column < columns; column += 11)
                {
                    Assert.Equal(
                        scales[index] * Product(sourceFirst, sourceSecond, row, column, rank, columns),
                        own * Product(first, second, row, column, rank, columns),
                        1e-4
                    );
                }
            }
        }
    }

    [Theory]
    [InlineData("base_model.model.", ".default")]
    [InlineData("base_model.model.", ".my-adapter_2")]
    [InlineData("", "")]
    [InlineData("base_model.model._orig_mod.", "")]
    [InlineData("module.base_model.model.", ".x")]
    public void NamesWithAnAdaptersNameOrWrappersAreRead(string before, string adapter)
    {
        WriteAdapter("""{"r":4,"lora_alpha":8}""", [4, 4, 4], before, adapter);
        var (header, read) = ConvertAdapter();
        Assert.Equal(6, header.Tensors.Count);
        Assert.Equal(Numbers(Up + "A", 4 * 64), read("blk.0.ffn_up.weight.lora_a"));
    }

    [Theory]
    [InlineData("""{"init_lora_weights":"pissa"}""", "pissa")]
    [InlineData("""{"init_lora_weights":"pissa_niter_16"}""", "pissa_niter_16")]
    [InlineData("""{"init_lora_weights":"olora"}""", "olora")]
    [InlineData("""{"init_lora_weights":"loftq"}""", "loftq")]
    [InlineData("""{"init_lora_weights":"corda"}""", "corda")]
    [InlineData("""{"init_lora_weights":"something_new"}""", "something_new")]
    [InlineData("""{"modules_to_save":["lm_head","embed_tokens"]}""", "lm_head, embed_tokens")]
    [InlineData("""{"use_dora":true}""", "DoRA")]
    [InlineData("""{"peft_type":"IA3"}""", "IA3")]
    [InlineData("""{"bias":"lora_only"}""", "lora_only")]
    [InlineData("""{"trainable_token_indices":[5]}""", "trainable_token_indices")]
    [InlineData("""{"layer_replication":[[0,1]]}""", "layer_replication")]
    [InlineData("""{"alora_invocation_tokens":[1,2]}""", "alora_invocation_tokens")]
    public void FormsThatAGgufHasNoWordsForAreRefusedByName(string config, string name)
    {
        WriteAdapter(config, [8, 8, 8]);
        var error = RefusedAdapter();
        Assert.True(error.IsUnsupported);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Hint);
    }

    [Theory]
    [InlineData("""{"r":4}""", "have the rank 8, adapter_config.json says 4")]
    [InlineData("""{"rank_pattern":{"up_proj":3}}""", "have the rank 8, adapter_config.json says 3")]
    [InlineData("""{"rank_pattern":{"(":3}}""", "which is no expression")]
    [InlineData("""{"alpha_pattern":{"up_proj":"x"}}""", "a value that makes no sense")]
    [InlineData("""{"r":0}""", "makes no sense")]
    public void ConfigsThatDoNotFitTheTensorsAreTold(string config, string message)
    {
        WriteAdapter(config, [8, 8, 8]);
        Assert.Contains(message, RefusedAdapter().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnAlphaThatIsNoNumberIsRefused()
    {
        WriteAdapter("""{"r":8}""", [8, 8, 8]);
        File.WriteAllText(At("adapter_config.json"), """{"r":8,"lora_alpha":Infinity}""");
        Assert.Contains("alpha of Infinity", RefusedAdapter().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("base_model.model.lm_head.weight", "replaces a whole module")]
    [InlineData("base_model.model.lm_head.modules_to_save.default.weight", "replaces a whole module")]
    [InlineData("base_model.model.model.embed_tokens.lora_embedding_A", "changes the embedding")]
    [InlineData("base_model.model.model.layers.0.mlp.up_proj.lora_magnitude_vector.weight", "is of DoRA")]
    [InlineData("base_model.model.model.layers.9.mlp.up_proj.lora_A.weight", "is for nothing")]
    public void TensorsThatAnAdapterCannotHoldAreNamed(string tensor, string message)
    {
        WriteAdapter("""{"r":8}""", [8, 8, 8], extra: tensor);
        var error = RefusedAdapter();
        Assert.Contains(tensor, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SeveralAdaptersInOneFileAreNotMixed()
    {
        WriteAdapter("""{"r":8}""", [8, 8, 8], adapter: ".first", extra: $"base_model.model.{Up}.lora_A.second.weight");
        Assert.Contains("first, second", RefusedAdapter().Message, StringComparison.Ordinal);
    }

    private static double Product(float[] first, float[] second, int row, int column, int rank, int columns) =>
        Enumerable.Range(0, rank).Sum(index => (double)second[(row * rank) + index] * first[(index * columns) + column]);

    private static float[] Numbers(string seed, int count)
    {
        var random = new Random(seed.Sum(static letter => letter));
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
    }

    private void WriteAdapter(string config, int[] ranks, string before = "base_model.model.", string adapter = "", string? extra = null)
    {
        var json = JsonNode.Parse(config)!.AsObject();
        json.TryAdd("peft_type", "LORA");
        File.WriteAllText(At("adapter_config.json"), json.ToJsonString());
        var writer = new SafetensorsWriter();
        foreach (var (index, (module, (rows, columns, _))) in Modules.Index())
        {
            Add(module + "A", $"{before}{module}.lora_A{adapter}.weight", ranks[index], columns);
            Add(module + "B", $"{before}{module}.lora_B{adapter}.weight", rows, ranks[index]);
        }

        if (extra is not null)
        {
            Add("extra", extra, 8, 64);
        }

        writer.Write(At("adapter_model.safetensors"));

        void Add(string seed, string name, int rows, int columns) =>
            writer.Add(name, SafetensorsType.F32, [rows, columns], stream => stream.Write(Bytes(Numbers(seed, rows * columns))));
    }

    private static byte[] Bytes(float[] values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();

    private (GgufFile Header, Func<string, float[]> Read) ConvertAdapter()
    {
        var path = At("adapter.gguf");
        using (var conversion = PeftConverter.Prepare(Source(), Shape(), null))
        using (var file = File.Create(path))
        {
            conversion.Write(file, static _ => { }, CancellationToken.None);
        }

        var converted = new Converted(path, GgufFile.Read(path), []);
        return (converted.Header, converted.Values);
    }

    private ConversionException RefusedAdapter()
    {
        using var folder = Source();
        return Assert.Throws<ConversionException>(() => PeftConverter.Prepare(folder, Shape(), null).Dispose());
    }

    private static FamilyModel Shape()
    {
        var folder = Directory.CreateTempSubdirectory("ilab-base-").FullName;
        try
        {
            new TinyModel(new TinyModelShape()).Write(folder);
            using var source = new SourceFolder(folder, static path => File.OpenHandle(path));
            return HuggingFaceConfig.Read(source);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
