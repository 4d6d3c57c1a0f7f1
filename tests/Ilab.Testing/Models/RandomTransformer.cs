using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Ilab.Gguf;

namespace Ilab.Testing.Models;

/// <summary>The measures of a random model of any family that can be trained.</summary>
/// <param name="Architecture">llama, qwen2, qwen3, granite, gemma3 or phi3.</param>
public sealed record TransformerShape(
    string Architecture = "llama",
    int Embedding = 64,
    int FeedForward = 96,
    int Layers = 2,
    int Heads = 4,
    int KeyHeads = 2,
    int Vocabulary = 288
)
{
    /// <summary>Output and input share one matrix.</summary>
    public bool IsTied { get; init; }

    /// <summary>F32, Q8_0 or Q4_1.</summary>
    public GgmlType Type { get; init; } = GgmlType.F32;

    public int ContextLength { get; init; } = 512;

    /// <summary>Only the header is right: the weights are holes of a sparse file. <see cref="Type"/> may be any.</summary>
    public bool IsHollow { get; init; }

    /// <summary>About 14.5 million parameters: what training is measured with.</summary>
    public static TransformerShape FourteenMillion { get; } = new(Embedding: 384, FeedForward: 1024, Layers: 6, Heads: 6, KeyHeads: 6, Vocabulary: 4096);

    /// <summary>About 110 million parameters.</summary>
    public static TransformerShape HundredMillion { get; } = new(Embedding: 768, FeedForward: 2048, Layers: 12, Heads: 12, KeyHeads: 12, Vocabulary: 16384);
}

/// <summary>Writes random models of the dense families: norms near one, everything else normally distributed, tokens are bytes.</summary>
public static class RandomTransformer
{
    private const int Begin = 1,
        End = 2,
        FirstByte = 3,
        BlockElements = 32;

    /// <param name="template">tokenizer.chat_template; none when null.</param>
    public static void Write(string path, TransformerShape shape, int seed = 1, string? template = null)
    {
        var random = new Random(seed);
        var architecture = shape.Architecture;
        var size = shape.Embedding / shape.Heads;
        var writer = new GgufWriter().Add("general.architecture", architecture).Add("general.name", NameOf(architecture));
        foreach (
            var (key, value) in new (string, int)[]
            {
                ("context_length", shape.ContextLength),
                ("embedding_length", shape.Embedding),
                ("block_count", shape.Layers),
                ("feed_forward_length", shape.FeedForward),
                ("attention.head_count", shape.Heads),
                ("attention.head_count_kv", shape.KeyHeads),
                ("attention.key_length", size),
                ("attention.value_length", size),
                ("rope.dimension_count", size),
                ("vocab_size", shape.Vocabulary),
            }
        )
        {
            writer.Add($"{architecture}.{key}", (uint)value);
        }

        if (architecture == "gemma3")
        {
            writer.Add("gemma3.attention.sliding_window", (uint)shape.ContextLength / 4).Add("gemma3.rope.freq_base_swa", 10000f);
        }

        writer.Add($"{architecture}.attention.layer_norm_rms_epsilon", 1e-5f).Add($"{architecture}.rope.freq_base", 10000f);
        if (architecture == "granite")
        {
            writer.Add("granite.embedding_scale", 3f).Add("granite.residual_scale", 0.4f).Add("granite.attention.scale", 0.2f).Add("granite.logit_scale", 2f);
        }

        AddVocabulary(writer, shape.Vocabulary);
        if (template is not null)
        {
            writer.Add("tokenizer.chat_template", template);
        }

        Matrix("token_embd", shape.Embedding, shape.Vocabulary, shape.IsTied ? 1 / Math.Sqrt(shape.Embedding) : 1);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            var prefix = $"blk.{layer}.";
            Vector(prefix + "attn_norm.weight", shape.Embedding, 1);
            var (isFused, isGemma) = (architecture == "phi3", architecture == "gemma3");
            if (isFused)
            {
                Matrix(prefix + "attn_qkv", shape.Embedding, size * (shape.Heads + (2 * shape.KeyHeads)));
            }

            foreach (
                var (name, rows) in new[] { ("attn_q", size * shape.Heads), ("attn_k", size * shape.KeyHeads), ("attn_v", size * shape.KeyHeads) }.Skip(
                    isFused ? 3 : 0
                )
            )
            {
                Matrix(prefix + name, shape.Embedding, rows);
                if (architecture == "qwen2")
                {
                    Vector($"{prefix}{name}.bias", rows, 0);
                }
            }

            if (architecture == "qwen3" || isGemma)
            {
                Vector(prefix + "attn_q_norm.weight", size, 1);
                Vector(prefix + "attn_k_norm.weight", size, 1);
            }

            Matrix(prefix + "attn_output", size * shape.Heads, shape.Embedding);
            Vector(prefix + "ffn_norm.weight", shape.Embedding, 1);
            if (isGemma)
            {
                Vector(prefix + "post_attention_norm.weight", shape.Embedding, 1);
                Vector(prefix + "post_ffw_norm.weight", shape.Embedding, 1);
            }

            if (!isFused)
            {
                Matrix(prefix + "ffn_gate", shape.Embedding, shape.FeedForward);
            }

            Matrix(prefix + "ffn_up", shape.Embedding, shape.FeedForward * (isFused ? 2 : 1));
            Matrix(prefix + "ffn_down", shape.FeedForward, shape.Embedding);
        }

        Vector("output_norm.weight", shape.Embedding, 1);
        if (!shape.IsTied)
        {
            Matrix("output", shape.Embedding, shape.Vocabulary);
        }

        writer.Write(path);

        void Matrix(string name, int columns, int rows, double? deviation = null) =>
            writer.AddTensor(
                name + ".weight",
                shape.Type,
                [(ulong)columns, (ulong)rows],
                stream =>
                {
                    if (shape.IsHollow)
                    {
                        stream.SetLength(stream.Position + (long)GgmlTypes.Bytes(shape.Type, (ulong)columns * (ulong)rows));
                        stream.Position = stream.Length;
                    }
                    else
                    {
                        WriteMatrix(stream, random, columns, rows, deviation ?? (1 / Math.Sqrt(columns)), shape.Type);
                    }
                }
            );

        void Vector(string name, int length, float middle) =>
            writer.AddTensor(name, GgmlType.F32, [(ulong)length], stream => WriteFloats(stream, length, () => middle + (0.1 * Normal(random))));
    }

    // The engine looks for tokens of Phi 3 in a model of that name.
    private static string NameOf(string architecture) => architecture == "phi3" ? "random-fused" : $"random-{architecture}";

    private static void AddVocabulary(GgufWriter writer, int count)
    {
        var tokens = Enumerable
            .Range(0, count)
            .Select(static token =>
                token switch
                {
                    0 => "<unk>",
                    Begin => "<s>",
                    End => "</s>",
                    < FirstByte + 256 => $"<0x{token - FirstByte:X2}>",
                    _ => $"\u2581w{token}",
                }
            )
            .ToArray();
        var types = Enumerable
            .Range(0, count)
            .Select(static token =>
                token switch
                {
                    0 => 2,
                    Begin or End => 3,
                    < FirstByte + 256 => 6,
                    _ => 1,
                }
            )
            .ToArray();
        writer
            .Add("tokenizer.ggml.model", "llama")
            .Add("tokenizer.ggml.tokens", tokens)
            .Add("tokenizer.ggml.scores", new float[count])
            .Add("tokenizer.ggml.token_type", types)
            .Add("tokenizer.ggml.bos_token_id", (uint)Begin)
            .Add("tokenizer.ggml.eos_token_id", (uint)End)
            .Add("tokenizer.ggml.unknown_token_id", 0u);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static void WriteFloats(Stream stream, int count, Func<double> next)
    {
        var values = new float[count];
        for (var index = 0; index < count; index++)
        {
            values[index] = (float)next();
        }

        stream.Write(MemoryMarshal.AsBytes<float>(values));
    }

    private static void WriteMatrix(Stream stream, Random random, int columns, int rows, double deviation, GgmlType type)
    {
        if (type == GgmlType.F32)
        {
            for (var row = 0; row < rows; row++)
            {
                WriteFloats(stream, columns, () => deviation * Normal(random));
            }

            return;
        }

        // Blocks of one scale, and with four bits of one least number: uniform numbers of the same deviation.
        var (isFour, width) = (type == GgmlType.Q4_1, deviation * Math.Sqrt(3));
        var blockBytes = (int)GgmlTypes.Bytes(type, BlockElements);
        var bytes = new byte[columns / BlockElements * blockBytes];
        for (var row = 0; row < rows; row++)
        {
            random.NextBytes(bytes);
            for (var block = 0; block < bytes.Length; block += blockBytes)
            {
                BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(block), (Half)(isFour ? width * 2 / 15 : width / 127));
                if (isFour)
                {
                    BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(block + 2), (Half)(-width));
                }
            }

            stream.Write(bytes);
        }
    }
}
