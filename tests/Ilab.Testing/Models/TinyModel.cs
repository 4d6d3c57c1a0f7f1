using System.Text.Json.Nodes;
using Ilab.Gguf.Safetensors;

namespace Ilab.Testing.Models;

/// <summary>What a small Hugging Face model with random weights looks like.</summary>
public sealed record TinyModelShape
{
    public string ClassName { get; init; } = "LlamaForCausalLM";

    public int Embedding { get; init; } = 64;

    public int FeedForward { get; init; } = 96;

    public int Layers { get; init; } = 2;

    public int Heads { get; init; } = 4;

    public int KvHeads { get; init; } = 2;

    public int HeadDimension { get; init; } = 16;

    public int Vocabulary { get; init; } = 320;

    public bool QueryBias { get; init; }

    public bool NormsHeads { get; init; }

    public bool TiesEmbedding { get; init; }

    public double RopeBase { get; init; } = 10_000;

    public double RmsEpsilon { get; init; } = 1e-5;

    /// <summary>Rotary scaling of the llama3 kind: factor 8, trained with 64 tokens.</summary>
    public bool ScalesLikeLlama3 { get; init; }

    /// <summary>Attention, embedding, residual, logits.</summary>
    public (double Attention, double Embedding, double Residual, double Logits)? Granite { get; init; }
}

/// <summary>A small Hugging Face model with random weights: its numbers for a reference, and its files for a converter.</summary>
public sealed class TinyModel
{
    private readonly Random _random;

    public TinyModel(TinyModelShape shape, int seed = 1)
    {
        Shape = shape;
        _random = new Random(seed);
        Add("model.embed_tokens.weight", shape.Vocabulary, shape.Embedding);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            AddLayer($"model.layers.{layer}.");
        }

        Add("model.norm.weight", shape.Embedding);
        if (!shape.TiesEmbedding)
        {
            Add("lm_head.weight", shape.Vocabulary, shape.Embedding);
        }
    }

    public TinyModelShape Shape { get; }

    public Dictionary<string, (long[] Shape, float[] Values)> Tensors { get; } = [];

    /// <summary>config.json, the weights in so many files, and a tokenizer.</summary>
    public void Write(string folder, SafetensorsType type = SafetensorsType.F32, int shards = 1, bool sentencePiece = true)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config().ToJsonString());
        var parts = Tensors.Chunk((Tensors.Count + shards - 1) / shards).ToArray();
        var map = new JsonObject();
        for (var part = 0; part < parts.Length; part++)
        {
            var file = shards == 1 ? "model.safetensors" : $"model-{part + 1:00000}-of-{shards:00000}.safetensors";
            var writer = new SafetensorsWriter().AddMetadata("format", "pt");
            foreach (var (name, tensor) in parts[part])
            {
                map[name] = file;
                writer.Add(name, type, tensor.Shape, stream => WriteValues(stream, tensor.Values, type));
            }

            writer.Write(Path.Combine(folder, file));
        }

        if (shards > 1)
        {
            File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        }

        if (sentencePiece)
        {
            TinyTokenizers.WriteSentencePiece(folder, Shape.Vocabulary);
        }
        else
        {
            TinyTokenizers.WriteBytePairs(folder, Shape.Vocabulary);
        }
    }

    public JsonObject Config()
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(Shape.ClassName),
            ["hidden_size"] = Shape.Embedding,
            ["intermediate_size"] = Shape.FeedForward,
            ["num_hidden_layers"] = Shape.Layers,
            ["num_attention_heads"] = Shape.Heads,
            ["num_key_value_heads"] = Shape.KvHeads,
            ["vocab_size"] = Shape.Vocabulary,
            ["max_position_embeddings"] = 256,
            ["rms_norm_eps"] = Shape.RmsEpsilon,
            ["rope_theta"] = Shape.RopeBase,
            ["hidden_act"] = "silu",
            ["tie_word_embeddings"] = Shape.TiesEmbedding,
            ["bos_token_id"] = 1,
            ["eos_token_id"] = 2,
        };
        if (Shape.HeadDimension * Shape.Heads != Shape.Embedding)
        {
            config["head_dim"] = Shape.HeadDimension;
        }

        if (Shape.ScalesLikeLlama3)
        {
            config["rope_scaling"] = new JsonObject
            {
                ["rope_type"] = "llama3",
                ["factor"] = 8.0,
                ["low_freq_factor"] = 1.0,
                ["high_freq_factor"] = 4.0,
                ["original_max_position_embeddings"] = 64,
            };
        }

        if (Shape.Granite is { } granite)
        {
            config["attention_multiplier"] = granite.Attention;
            config["embedding_multiplier"] = granite.Embedding;
            config["residual_multiplier"] = granite.Residual;
            config["logits_scaling"] = granite.Logits;
        }

        return config;
    }

    private static void WriteValues(Stream stream, float[] values, SafetensorsType type)
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        foreach (var value in values)
        {
            if (type == SafetensorsType.F32)
            {
                writer.Write(value);
            }
            else if (type == SafetensorsType.F16)
            {
                writer.Write((Half)value);
            }
            else
            {
                writer.Write((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
            }
        }
    }

    private void AddLayer(string prefix)
    {
        var (query, key) = (Shape.Heads * Shape.HeadDimension, Shape.KvHeads * Shape.HeadDimension);
        Add(prefix + "input_layernorm.weight", Shape.Embedding);
        foreach (var (name, rows) in new[] { ("q", query), ("k", key), ("v", key) })
        {
            Add($"{prefix}self_attn.{name}_proj.weight", rows, Shape.Embedding);
            if (Shape.QueryBias)
            {
                Add($"{prefix}self_attn.{name}_proj.bias", rows);
            }
        }

        Add(prefix + "self_attn.o_proj.weight", Shape.Embedding, query);
        if (Shape.NormsHeads)
        {
            Add(prefix + "self_attn.q_norm.weight", Shape.HeadDimension);
            Add(prefix + "self_attn.k_norm.weight", Shape.HeadDimension);
        }

        Add(prefix + "post_attention_layernorm.weight", Shape.Embedding);
        Add(prefix + "mlp.gate_proj.weight", Shape.FeedForward, Shape.Embedding);
        Add(prefix + "mlp.up_proj.weight", Shape.FeedForward, Shape.Embedding);
        Add(prefix + "mlp.down_proj.weight", Shape.Embedding, Shape.FeedForward);
    }

    // Matrices keep activations at their size; norms are near one, biases near zero. All values are exact in BF16.
    private void Add(string name, int rows, int columns = 0)
    {
        var values = new float[Math.Max(columns, 1) * rows];
        var scale = columns > 0 ? Math.Sqrt(3.0 / columns) * (name.Contains("embed", StringComparison.Ordinal) ? Math.Sqrt(columns) : 1.5) : 0.3;
        var centre = name.Contains("norm", StringComparison.Ordinal) ? 1.0 : 0.0;
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = BitConverter.UInt32BitsToSingle(
                BitConverter.SingleToUInt32Bits((float)(centre + (scale * ((_random.NextDouble() * 2) - 1)))) & 0xFFFF0000
            );
        }

        Tensors[name] = (columns > 0 ? [rows, columns] : [rows], values);
    }
}
