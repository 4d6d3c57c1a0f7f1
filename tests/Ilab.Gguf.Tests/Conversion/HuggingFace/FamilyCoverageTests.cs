using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families;
using Ilab.Gguf.Safetensors;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>A checkpoint made of each family's own description converts: no lengths that do not fit, nothing missing, plain tensors unchanged.</summary>
public sealed class FamilyCoverageTests : IDisposable
{
    private const int Vocabulary = 320;

    /// <summary>Small values for keys that the defaults of a family have.</summary>
    private static readonly Dictionary<string, int> Small = new()
    {
        ["vocab_size"] = Vocabulary,
        ["hidden_size"] = 64,
        ["n_embd"] = 64,
        ["intermediate_size"] = 96,
        ["intermediate_size_mlp"] = 96,
        ["n_inner"] = 96,
        ["num_hidden_layers"] = 4,
        ["n_layer"] = 4,
        ["num_attention_heads"] = 4,
        ["n_head"] = 4,
        ["num_key_value_heads"] = 2,
        ["head_dim"] = 16,
        ["global_head_dim"] = 32,
        ["n_positions"] = 128,
        ["num_experts"] = 4,
        ["num_local_experts"] = 4,
        ["moe_num_experts"] = 4,
        ["num_experts_per_tok"] = 2,
        ["moe_intermediate_size"] = 32,
        ["shared_expert_intermediate_size"] = 32,
        ["shared_intermediate_size"] = 32,
        ["state_size"] = 16,
        ["mamba_n_heads"] = 8,
        ["mamba_d_ssm"] = 128,
        ["mamba_d_head"] = 16,
        ["mamba_d_state"] = 16,
        ["linear_key_head_dim"] = 16,
        ["linear_value_head_dim"] = 16,
        ["linear_num_key_heads"] = 2,
        ["linear_num_value_heads"] = 4,
        ["n_groups"] = 1,
        ["kv_lora_rank"] = 32,
        ["qk_nope_head_dim"] = 16,
        ["qk_rope_head_dim"] = 16,
        ["v_head_dim"] = 16,
    };

    /// <summary>What else configs of a class must say.</summary>
    private static readonly Dictionary<string, string> Said = new()
    {
        ["NomicBertModel"] = """{"n_embd": 64, "n_inner": 96, "n_layer": 2, "n_head": 4}""",
        ["ApertusForCausalLM"] = """{"hidden_act": "xielu"}""",
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Classes()
    {
        var data = new TheoryData<string>();
        foreach (var family in FamilyList.All)
        {
            data.Add(family.Classes[0]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public void ACheckpointOfTheDescriptionConverts(string className)
    {
        var config = Config(FamilyList.OfClass(className)!, className);
        File.WriteAllText(Path.Combine(_folder.Path, "config.json"), config.ToJsonString());
        var model = Model(className, config);
        var entries = Chosen(model);
        var values = Write(model, entries);
        WriteTokenizer(model.Family.Vocabulary);
        var path = Path.Combine(_folder.Path, "model.gguf");
        using (var conversion = HuggingFaceConverter.Prepare(new SourceFolder(_folder.Path, static file => File.OpenHandle(file)), GgmlType.F32))
        {
            using var file = File.Create(path);
            conversion.Write(file, static _ => { }, CancellationToken.None);
        }

        var header = GgufFile.Read(path);
        Assert.Equal(model.Family.Architecture, header.GetString("general.architecture"));
        var bytes = File.ReadAllBytes(path);
        foreach (var entry in entries.Where(static entry => !entry.Rule.IsZero))
        {
            var tensor = Assert.Single(header.Tensors, tensor => tensor.Name == entry.Target);
            if (entry.Rule.Steps.Count == 0 && !entry.IsStacked && tensor.Type == GgmlType.F32)
            {
                var written = MemoryMarshal.Cast<byte, float>(bytes.AsSpan((int)(header.DataOffset + (long)tensor.Offset)));
                Assert.True(written.StartsWith(values[entry.Sources[0]]), $"{entry.Target} is not {entry.Sources[0]}");
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static JsonObject Config(Family family, string className)
    {
        var config = new JsonObject { ["architectures"] = new JsonArray(className), ["model_type"] = family.ModelType };
        foreach (var (key, _) in JsonNode.Parse(family.Defaults)!.AsObject())
        {
            if (Small.TryGetValue(key, out var value))
            {
                config[key] = value;
            }
        }

        foreach (var (key, value) in JsonNode.Parse(Said.GetValueOrDefault(className, "{}"))!.AsObject())
        {
            config[key] = value!.DeepClone();
        }

        return config;
    }

    private static FamilyModel Model(string className, JsonObject config)
    {
        using var document = JsonDocument.Parse(config.ToJsonString());
        var family = FamilyList.OfClass(className)!;
        var said = new ModelConfig(document.RootElement.Clone(), family.Defaults);
        return new FamilyModel(family.Variant?.Invoke(said) ?? family, said);
    }

    // Of alternatives, one that is not optional, or else the first.
    private static TensorEntry[] Chosen(FamilyModel model) =>
        [
            .. model
                .Tensors()
                .Where(static entry => entry.Rule.Scales is null)
                .Where(entry => entry.Target != "output.weight" || !model.TiesEmbedding)
                .GroupBy(static entry => entry.Target)
                .Select(static group => group.FirstOrDefault(static entry => !entry.Rule.IsOptional) ?? group.First()),
        ];

    private Dictionary<string, float[]> Write(FamilyModel model, TensorEntry[] entries)
    {
        var random = new Random(1);
        var values = new Dictionary<string, float[]>();
        var writer = new SafetensorsWriter().AddMetadata("format", "pt");
        foreach (var entry in entries)
        {
            foreach (var source in entry.Sources.Where(source => !values.ContainsKey(source)))
            {
                var numbers = new float[entry.Shape.Aggregate(1L, static (product, length) => product * length)];
                for (var index = 0; index < numbers.Length && !entry.Rule.IsZero; index++)
                {
                    numbers[index] = random.NextSingle();
                }

                values[source] = numbers;
                writer.Add(source, SafetensorsType.F32, entry.Shape, stream => stream.Write(MemoryMarshal.AsBytes(numbers.AsSpan())));
            }
        }

        foreach (var (_, source) in model.Family.ScalarsOfLayers)
        {
            for (var layer = 0; layer < model.Layers; layer++)
            {
                var path = model.Family.LayerPath.Replace("{l}", layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
                writer.Add(path + source, SafetensorsType.F32, [1], static stream => stream.Write(BitConverter.GetBytes(0.5f)));
            }
        }

        writer.Write(Path.Combine(_folder.Path, "model.safetensors"));
        return values;
    }

    private void WriteTokenizer(VocabularyRules rules)
    {
        if (rules.Kind == VocabularyKind.WordPieces)
        {
            Write(
                ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
                new JsonObject
                {
                    ["type"] = "WordPiece",
                    ["unk_token"] = "[UNK]",
                    ["continuing_subword_prefix"] = "##",
                }
            );
        }
        else if (rules.Kind == VocabularyKind.CharacterPairs)
        {
            Write(
                ["<pad>", "<eos>", "<bos>", "<unk>"],
                new JsonObject
                {
                    ["type"] = "BPE",
                    ["byte_fallback"] = true,
                    ["merges"] = new JsonArray(),
                }
            );
        }
        else if (rules.PreTokenizers.Count > 0)
        {
            TinyTokenizers.WriteBytePairs(_folder.Path, Vocabulary);
        }
        else
        {
            TinyTokenizers.WriteSentencePiece(_folder.Path, Vocabulary);
        }
    }

    private void Write(string[] first, JsonObject model)
    {
        var words = new JsonObject();
        foreach (var word in first.Concat(Enumerable.Range(0, Vocabulary - first.Length).Select(static number => $"w{number}")))
        {
            words[word] = words.Count;
        }

        model["vocab"] = words;
        var tokenizer = new JsonObject { ["added_tokens"] = new JsonArray(), ["model"] = model };
        File.WriteAllText(Path.Combine(_folder.Path, "tokenizer.json"), tokenizer.ToJsonString());
    }
}
