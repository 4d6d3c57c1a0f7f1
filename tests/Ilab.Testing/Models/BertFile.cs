using System.Runtime.InteropServices;
using Ilab.Gguf;

namespace Ilab.Testing.Models;

/// <summary>The measures of a BERT.</summary>
/// <param name="IsClassifier">Whether it has a head with one score, and ranks documents.</param>
public sealed record BertShape(int Embedding = 32, int FeedForward = 64, int Layers = 2, int Heads = 4, int ContextLength = 128, bool IsClassifier = false);

/// <summary>Writes an encoder of the BERT family in F32: random, or with the weights of a folder in Hugging Face's names.</summary>
public static class BertFile
{
    private const string Space = "\u2581",
        Continues = "##";

    private static readonly (string Gguf, string Folder)[] OfLayer =
    [
        ("attn_q", "attention.self.query"),
        ("attn_k", "attention.self.key"),
        ("attn_v", "attention.self.value"),
        ("attn_output", "attention.output.dense"),
        ("attn_output_norm", "attention.output.LayerNorm"),
        ("ffn_up", "intermediate.dense"),
        ("ffn_down", "output.dense"),
        ("layer_output_norm", "output.LayerNorm"),
    ];

    /// <summary>A vocabulary of the special tokens and single letters.</summary>
    public static IReadOnlyList<string> Letters { get; } =
    [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        .. Enumerable.Range('a', 26).SelectMany(static letter => new[] { $"{(char)letter}", $"{Continues}{(char)letter}" }),
    ];

    /// <summary>Writes a random one with the vocabulary <see cref="Letters"/>.</summary>
    public static void Write(string path, BertShape shape, int seed = 1)
    {
        var random = new Random(seed);
        Write(path, shape, Letters, name => [.. Enumerable.Range(0, SizeOf(name, shape)).Select(_ => ValueOf(name, random))]);
    }

    /// <param name="vocabulary">As WordPiece spells it, in the order of the ids.</param>
    /// <param name="weights">The values of a tensor by its name in the folder, without a prefix.</param>
    public static void Write(string path, BertShape shape, IReadOnlyList<string> vocabulary, Func<string, float[]> weights)
    {
        var writer = new GgufWriter()
            .Add("general.architecture", "bert")
            .Add("bert.block_count", (uint)shape.Layers)
            .Add("bert.context_length", (uint)shape.ContextLength)
            .Add("bert.embedding_length", (uint)shape.Embedding)
            .Add("bert.feed_forward_length", (uint)shape.FeedForward)
            .Add("bert.attention.head_count", (uint)shape.Heads)
            .Add("bert.attention.layer_norm_epsilon", 1e-12f)
            .Add("bert.attention.causal", false)
            .Add("tokenizer.ggml.token_type_count", 2u)
            .Add("tokenizer.ggml.model", "bert")
            .Add("tokenizer.ggml.pre", "jina-v2-en")
            .Add("tokenizer.ggml.tokens", [.. vocabulary.Select(Spelled)])
            .Add("tokenizer.ggml.token_type", [.. vocabulary.Select(static token => IsSpecial(token) ? 3 : 1)])
            .Add("tokenizer.ggml.bos_token_id", 2u)
            .Add("tokenizer.ggml.eos_token_id", 3u)
            .Add("tokenizer.ggml.unknown_token_id", 1u)
            .Add("tokenizer.ggml.seperator_token_id", 3u)
            .Add("tokenizer.ggml.padding_token_id", 0u)
            .Add("tokenizer.ggml.add_bos_token", true)
            .Add("tokenizer.ggml.add_eos_token", true);
        Tensor("token_embd.weight", "embeddings.word_embeddings.weight");
        Tensor("position_embd.weight", "embeddings.position_embeddings.weight");
        Tensor("token_types.weight", "embeddings.token_type_embeddings.weight");
        Tensor("token_embd_norm.weight", "embeddings.LayerNorm.weight");
        Tensor("token_embd_norm.bias", "embeddings.LayerNorm.bias");
        foreach (var layer in Enumerable.Range(0, shape.Layers))
        {
            foreach (var (gguf, folder) in OfLayer)
            {
                Tensor($"blk.{layer}.{gguf}.weight", $"encoder.layer.{layer}.{folder}.weight");
                Tensor($"blk.{layer}.{gguf}.bias", $"encoder.layer.{layer}.{folder}.bias");
            }
        }

        if (shape.IsClassifier)
        {
            writer.Add("bert.pooling_type", 4u);
            Tensor("cls.weight", "pooler.dense.weight");
            Tensor("cls.bias", "pooler.dense.bias");
            Tensor("cls.output.weight", "classifier.weight");
            Tensor("cls.output.bias", "classifier.bias");
        }

        using var file = File.Create(path);
        writer.Write(file);

        void Tensor(string name, string source)
        {
            var values = weights(source);
            ulong width = name.Contains("ffn_down.weight", StringComparison.Ordinal) ? (ulong)shape.FeedForward : (ulong)shape.Embedding;
            ulong[] measures =
                name.EndsWith("bias", StringComparison.Ordinal) || name.Contains("norm", StringComparison.Ordinal)
                    ? [(ulong)values.Length]
                    : [width, (ulong)values.Length / width];
            writer.AddTensor(name, GgmlType.F32, measures, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));
        }
    }

    private static int SizeOf(string name, BertShape shape) =>
        name switch
        {
            "embeddings.word_embeddings.weight" => Letters.Count * shape.Embedding,
            "embeddings.position_embeddings.weight" => shape.ContextLength * shape.Embedding,
            "embeddings.token_type_embeddings.weight" => 2 * shape.Embedding,
            "pooler.dense.weight" => shape.Embedding * shape.Embedding,
            "classifier.weight" => shape.Embedding,
            "classifier.bias" => 1,
            _ when name.Contains("LayerNorm", StringComparison.Ordinal) => shape.Embedding,
            _ when name.EndsWith("intermediate.dense.bias", StringComparison.Ordinal) => shape.FeedForward,
            _ when name.EndsWith("bias", StringComparison.Ordinal) => shape.Embedding,
            _ when name.Contains("attention", StringComparison.Ordinal) => shape.Embedding * shape.Embedding,
            _ => shape.FeedForward * shape.Embedding,
        };

    private static float ValueOf(string name, Random random)
    {
        var normal = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) ? 1 + (0.1f * normal) : 0.3f * normal;
    }

    /// <summary>llama.cpp marks the beginning of a word instead of its continuation.</summary>
    private static string Spelled(string token) =>
        IsSpecial(token) ? token
        : token.StartsWith(Continues, StringComparison.Ordinal) ? token[Continues.Length..]
        : Space + token;

    private static bool IsSpecial(string token) => token.StartsWith('[') && token.EndsWith(']') && token.Length > 2;
}
