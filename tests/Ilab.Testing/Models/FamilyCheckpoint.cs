using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Gguf;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families;
using Ilab.Gguf.Safetensors;

namespace Ilab.Testing.Models;

/// <summary>A small random checkpoint of any family, made of the family's own description: config, weights and a tokenizer in a folder.</summary>
public sealed class FamilyCheckpoint
{
    private const int Vocabulary = 320;

    /// <summary>Small values for keys that the defaults of a family have.</summary>
    private static readonly Dictionary<string, int> Small = new()
    {
        ["vocab_size"] = Vocabulary,
        ["hidden_size"] = 64,
        ["d_model"] = 64,
        ["dim"] = 64,
        ["hidden_dim"] = 96,
        ["n_heads"] = 4,
        ["n_layers"] = 4,
        ["num_layers"] = 4,
        ["max_seq_len"] = 128,
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
        ["hidden_size_per_layer_input"] = 0,
        ["n_routed_experts"] = 8,
        ["n_shared_experts"] = 1,
        ["first_k_dense_replace"] = 1,
        ["q_lora_rank"] = 24,
        ["kv_lora_rank"] = 32,
        ["qk_nope_head_dim"] = 16,
        ["qk_rope_head_dim"] = 16,
        ["v_head_dim"] = 16,
    };

    /// <summary>What else configs of a class must say.</summary>
    private static readonly Dictionary<string, string> Said = new()
    {
        ["NomicBertModel"] = """{"n_embd": 64, "n_inner": 96, "n_layer": 2, "n_head": 4}""",
        ["Dots1ForCausalLM"] = """{"num_key_value_heads": 4}""",
        ["ApertusForCausalLM"] = """{"hidden_act": "xielu"}""",
    };

    private readonly string _folder;
    private readonly Random _random = new(1);

    /// <param name="folder">Is there.</param>
    /// <param name="className">Of the family in transformers.</param>
    /// <param name="settings">More keys of the config, as a JSON object.</param>
    /// <param name="has">Which of the tensors it has; null = all.</param>
    public FamilyCheckpoint(string folder, string className, string settings = "{}", Func<TensorEntry, bool>? has = null)
    {
        _folder = folder;
        var family = FamilyList.OfClass(className)!;
        Config = ConfigOf(family, className, settings);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config.ToJsonString());
        using var document = JsonDocument.Parse(Config.ToJsonString());
        var said = new ModelConfig(document.RootElement.Clone(), family.Defaults);
        Model = new FamilyModel(family.Variant?.Invoke(said) ?? family, said);
        Entries = [.. Chosen(Model).Where(entry => has?.Invoke(entry) != false)];
        Write();
        new FamilyTokenizer(folder, Vocabulary).Write(Model.Family.Vocabulary);
    }

    public JsonObject Config { get; }

    public FamilyModel Model { get; }

    /// <summary>The tensors that it has.</summary>
    public IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>Values by names of the checkpoint.</summary>
    public Dictionary<string, float[]> Values { get; } = [];

    /// <returns>Path of the GGUF, in the folder.</returns>
    public string Convert(GgmlType type = GgmlType.F32)
    {
        var path = Path.Combine(_folder, $"model-{type}.gguf");
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(_folder, static file => File.OpenHandle(file)), type);
        using var file = File.Create(path);
        conversion.Write(file, static _ => { }, CancellationToken.None);
        return path;
    }

    private static JsonObject ConfigOf(Family family, string className, string settings)
    {
        var config = new JsonObject { ["architectures"] = new JsonArray(className), ["model_type"] = family.ModelType };
        foreach (var (key, _) in JsonNode.Parse(family.Defaults)!.AsObject())
        {
            if (Small.TryGetValue(key, out var value))
            {
                config[key] = value;
            }
        }

        foreach (var text in new[] { Said.GetValueOrDefault(className, "{}"), settings })
        {
            foreach (var (key, value) in JsonNode.Parse(text)!.AsObject())
            {
                config[key] = value?.DeepClone();
            }
        }

        return config;
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

    private void Write()
    {
        var writer = new SafetensorsWriter().AddMetadata("format", "pt");
        foreach (var entry in Entries)
        {
            foreach (var source in entry.Sources.Where(source => !Values.ContainsKey(source)))
            {
                var numbers = Numbers(entry, source);
                Values[source] = numbers;
                writer.Add(source, SafetensorsType.F32, entry.Shape, stream => stream.Write(MemoryMarshal.AsBytes(numbers.AsSpan())));
            }
        }

        foreach (var (_, source, hasAxis) in Model.Family.ScalarsOfLayers)
        {
            for (var layer = 0; layer < Model.Layers; layer++)
            {
                var name = Model.Family.LayerPath.Replace("{l}", layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal) + source;
                Values[name] = [source.EndsWith("eps", StringComparison.Ordinal) ? -1e-6f : 0.5f + (layer * 0.1f)];
                writer.Add(name, SafetensorsType.F32, hasAxis ? [1] : [], stream => stream.Write(MemoryMarshal.AsBytes(Values[name].AsSpan())));
            }
        }

        writer.Write(Path.Combine(_folder, "model.safetensors"));
    }

    // Norms are near one, where the family does not add it, biases near zero, and matrices keep the size of what they are applied to.
    private float[] Numbers(TensorEntry entry, string source)
    {
        var count = entry.Shape.Aggregate(1L, static (product, length) => product * length);
        if (entry.Rule.IsZero)
        {
            return new float[count];
        }

        var isVector = entry.Shape.Length == 1;
        var middle = isVector && !source.EndsWith("bias", StringComparison.Ordinal) && !entry.Rule.Steps.OfType<Shift>().Any() ? 1 : 0;
        var deviation = isVector ? 0.1 : 1 / Math.Sqrt(entry.Shape[^1]);
        var numbers = new float[count];
        for (var index = 0; index < numbers.Length; index++)
        {
            numbers[index] = (float)(middle + (deviation * Normal()));
        }

        return numbers;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
