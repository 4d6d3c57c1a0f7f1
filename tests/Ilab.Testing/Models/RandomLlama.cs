using System.Buffers.Binary;
using Ilab.Gguf;

namespace Ilab.Testing.Models;

/// <summary>The measures of a model of the llama architecture. All lengths are multiples of 32, the block of Q8_0.</summary>
/// <param name="Characters">What its vocabulary knows in place of the 256 bytes; null = the bytes.</param>
/// <param name="Counts">
/// After each filler word comes the one with the next number, after the last the first, whatever stands before it, and by a margin that no rounding reaches:
/// one greedy answer, alone and in company, on every machine, in which a word that is lost or told twice can be seen.
/// </param>
public sealed record LlamaShape(
    int Embedding,
    int FeedForward,
    int Layers,
    int Heads,
    int Vocabulary,
    int ContextLength = 512,
    int Experts = 0,
    int ExpertsUsed = 2,
    string? Characters = null,
    bool Counts = false
)
{
    /// <summary>About 110 million parameters.</summary>
    public static LlamaShape HundredMillion { get; } = new(768, 2048, 12, 12, 16384);

    /// <summary>About 14 million parameters.</summary>
    public static LlamaShape FourteenMillion { get; } = new(256, 768, 8, 8, 16384);

    /// <summary>About 1.1 billion parameters.</summary>
    public static LlamaShape Billion { get; } = new(2048, 5632, 22, 16, 32000);

    /// <summary>A mixture of eight experts, two for each token; about 300 million parameters, of which 100 million at a time.</summary>
    public static LlamaShape Mixture { get; } = new(768, 1536, 8, 12, 16384, Experts: 8);

    /// <summary>Small, with enough room and layers that what it says depends on what it was asked.</summary>
    public static LlamaShape Talkative { get; } = new(64, 96, 2, 2, 512);

    /// <summary>A file of about 20 kB.</summary>
    public static LlamaShape Smallest { get; } = new(32, 32, 1, 1, 288);
}

/// <summary>
/// Writes llama models with random weights and a vocabulary of bytes and filler words: they load, tokenize any text and
/// decode at the speed of a real model, and say nothing sensible. They never end by themselves: the row of the end token is zero.
/// </summary>
public static class RandomLlama
{
    private const int Unknown = 0,
        Begin = 1,
        End = 2,
        FirstByte = 3;

    /// <param name="path">Replaced when it is there.</param>
    /// <param name="shape">See <see cref="LlamaShape"/>.</param>
    /// <param name="name">general.name; makes files of one shape and seed distinct.</param>
    /// <param name="seed">Same seed, same file.</param>
    /// <param name="template">tokenizer.chat_template; none when null.</param>
    /// <param name="type">Of all matrices.</param>
    public static void Write(string path, LlamaShape shape, string name, int seed = 1, string? template = null, GgmlType type = GgmlType.Q8_0)
    {
        var random = new Random(seed);
        var writer = new GgufWriter()
            .Add("general.architecture", "llama")
            .Add("general.name", name)
            .Add("general.file_type", RandomRows.FileType(type))
            .Add("llama.context_length", (uint)shape.ContextLength)
            .Add("llama.embedding_length", (uint)shape.Embedding)
            .Add("llama.block_count", (uint)shape.Layers)
            .Add("llama.feed_forward_length", (uint)shape.FeedForward)
            .Add("llama.rope.dimension_count", (uint)(shape.Embedding / shape.Heads))
            .Add("llama.attention.head_count", (uint)shape.Heads)
            .Add("llama.attention.head_count_kv", (uint)shape.Heads)
            .Add("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        if (shape.Experts > 0)
        {
            writer.Add("llama.expert_count", (uint)shape.Experts).Add("llama.expert_used_count", (uint)shape.ExpertsUsed);
        }

        AddVocabulary(writer, shape.Vocabulary, shape.Characters);
        if (template is not null)
        {
            writer.Add("tokenizer.chat_template", template);
        }

        if (shape.Counts)
        {
            Counting();
        }
        else
        {
            Matrix("token_embd.weight", shape.Embedding, shape.Vocabulary);
            Matrix("output.weight", shape.Embedding, shape.Vocabulary, zeroRow: End);
        }

        Norm("output_norm.weight");
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            Norm($"blk.{layer}.attn_norm.weight");
            foreach (var part in new[] { "attn_q", "attn_k", "attn_v", "attn_output" })
            {
                Matrix($"blk.{layer}.{part}.weight", shape.Embedding, shape.Embedding);
            }

            Norm($"blk.{layer}.ffn_norm.weight");
            if (shape.Experts == 0)
            {
                Matrix($"blk.{layer}.ffn_gate.weight", shape.Embedding, shape.FeedForward);
                Matrix($"blk.{layer}.ffn_up.weight", shape.Embedding, shape.FeedForward);
                Matrix($"blk.{layer}.ffn_down.weight", shape.FeedForward, shape.Embedding);
                continue;
            }

            writer.AddTensor(
                $"blk.{layer}.ffn_gate_inp.weight",
                GgmlType.F32,
                [(ulong)shape.Embedding, (ulong)shape.Experts],
                stream => RandomRows.Write(stream, GgmlType.F32, random, shape.Embedding, shape.Experts, -1)
            );
            Stack($"blk.{layer}.ffn_gate_exps.weight", shape.Embedding, shape.FeedForward);
            Stack($"blk.{layer}.ffn_up_exps.weight", shape.Embedding, shape.FeedForward);
            Stack($"blk.{layer}.ffn_down_exps.weight", shape.FeedForward, shape.Embedding);
        }

        writer.Write(path);

        void Matrix(string tensor, int columns, int rows, int zeroRow = -1) =>
            writer.AddTensor(tensor, type, [(ulong)columns, (ulong)rows], stream => RandomRows.Write(stream, type, random, columns, rows, zeroRow));

        // What a token is outweighs what the layers add to it, and the row of the output that knows it again is that of the next word.
        void Counting()
        {
            var gain = 4 * Math.Sqrt(2.0 * shape.Layers * shape.Embedding);
            var first = FirstByte + (shape.Characters?.Length ?? 256);
            var words = shape.Vocabulary - first;
            var drawn = new MemoryStream();
            RandomRows.Write(drawn, type, random, shape.Embedding, words, gain: gain);
            var rows = drawn.ToArray();
            var bytes = rows.Length / words;
            writer.AddTensor("token_embd.weight", type, [(ulong)shape.Embedding, (ulong)shape.Vocabulary], stream => EachToken(stream, token => token));
            writer.AddTensor(
                "output.weight",
                type,
                [(ulong)shape.Embedding, (ulong)shape.Vocabulary],
                stream => EachToken(stream, token => token < first ? -1 : first + ((token - first + words - 1) % words))
            );

            void EachToken(Stream stream, Func<int, int> like)
            {
                for (var token = 0; token < shape.Vocabulary; token++)
                {
                    var row = like(token);
                    stream.Write(row < 0 ? new byte[bytes] : rows.AsSpan((row < first ? row % words : row - first) * bytes, bytes));
                }
            }
        }

        void Stack(string tensor, int columns, int rows) =>
            writer.AddTensor(
                tensor,
                type,
                [(ulong)columns, (ulong)rows, (ulong)shape.Experts],
                stream => RandomRows.Write(stream, type, random, columns, rows * shape.Experts, -1)
            );

        void Norm(string tensor) => writer.AddTensor(tensor, GgmlType.F32, [(ulong)shape.Embedding], stream => WriteOnes(stream, shape.Embedding));
    }

    private static void AddVocabulary(GgufWriter writer, int count, string? characters)
    {
        var tokens = new string[count];
        var types = new int[count];
        for (var token = 0; token < count; token++)
        {
            (tokens[token], types[token]) = token switch
            {
                Unknown => ("<unk>", 2),
                Begin => ("<s>", 3),
                End => ("</s>", 3),
                _ when characters is not null && token < FirstByte + characters.Length => ($"{characters[token - FirstByte]}", 1),
                < FirstByte + 256 when characters is null => ($"<0x{token - FirstByte:X2}>", 6),
                _ => ($"\u2581w{token}", 1),
            };
        }

        writer
            .Add("tokenizer.ggml.model", "llama")
            .Add("tokenizer.ggml.tokens", tokens)
            .Add("tokenizer.ggml.scores", new float[count])
            .Add("tokenizer.ggml.token_type", types)
            .Add("tokenizer.ggml.bos_token_id", (uint)Begin)
            .Add("tokenizer.ggml.eos_token_id", (uint)End)
            .Add("tokenizer.ggml.unknown_token_id", (uint)Unknown);
    }

    private static void WriteOnes(Stream stream, int count)
    {
        Span<byte> one = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(one, 1);
        for (var index = 0; index < count; index++)
        {
            stream.Write(one);
        }
    }
}
