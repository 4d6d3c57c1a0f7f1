using Ilab.Gguf;

namespace Ilab.Starter.Tokens;

/// <summary>A model of the starter's shape with its vocabulary and chat template, whose weights are all zero: what a training from scratch begins
/// with.</summary>
internal static class BlankModel
{
    public const int Vocabulary = 1024;
    private const int Embedding = 192,
        FeedForward = 512,
        Layers = 6,
        Heads = 6,
        KeyHeads = 2,
        Context = 512,
        HeadSize = Embedding / Heads;
    private const int Unknown = 0,
        Begin = 1,
        End = 2,
        TurnStart = 3,
        TurnEnd = 4,
        FirstByte = 5,
        Special = FirstByte + 256;
    private const string Template =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    public static int Pieces => Vocabulary - Special;

    public static void Write(string path, IReadOnlyList<string> pieces)
    {
        var writer = new GgufWriter()
            .Add("general.architecture", "llama")
            .Add("general.name", "ilab starter")
            .Add("general.license", "apache-2.0")
            .Add("general.size_label", "2.4M");
        foreach (
            var (key, value) in new (string, int)[]
            {
                ("context_length", Context),
                ("embedding_length", Embedding),
                ("block_count", Layers),
                ("feed_forward_length", FeedForward),
                ("attention.head_count", Heads),
                ("attention.head_count_kv", KeyHeads),
                ("attention.key_length", HeadSize),
                ("attention.value_length", HeadSize),
                ("rope.dimension_count", HeadSize),
                ("vocab_size", Vocabulary),
            }
        )
        {
            writer.Add($"llama.{key}", (uint)value);
        }

        writer.Add("llama.attention.layer_norm_rms_epsilon", 1e-5f).Add("llama.rope.freq_base", 10000f);
        AddVocabulary(writer, pieces);
        Tensor("token_embd.weight", Embedding, Vocabulary);
        Tensor("output_norm.weight", Embedding);
        for (var layer = 0; layer < Layers; layer++)
        {
            var prefix = $"blk.{layer}.";
            Tensor(prefix + "attn_norm.weight", Embedding);
            Tensor(prefix + "attn_q.weight", Embedding, Heads * HeadSize);
            Tensor(prefix + "attn_k.weight", Embedding, KeyHeads * HeadSize);
            Tensor(prefix + "attn_v.weight", Embedding, KeyHeads * HeadSize);
            Tensor(prefix + "attn_output.weight", Heads * HeadSize, Embedding);
            Tensor(prefix + "ffn_norm.weight", Embedding);
            Tensor(prefix + "ffn_gate.weight", Embedding, FeedForward);
            Tensor(prefix + "ffn_up.weight", Embedding, FeedForward);
            Tensor(prefix + "ffn_down.weight", FeedForward, Embedding);
        }

        using var file = File.Create(path);
        writer.Write(file);

        void Tensor(string name, params int[] lengths) =>
            writer.AddTensor(
                name,
                GgmlType.F32,
                [.. lengths.Select(static length => (ulong)length)],
                stream => stream.Write(new byte[lengths.Aggregate(sizeof(float), static (product, length) => product * length)])
            );
    }

    private static void AddVocabulary(GgufWriter writer, IReadOnlyList<string> pieces)
    {
        const int Normal = 1,
            UnknownType = 2,
            Control = 3,
            Unused = 5,
            Byte = 6;
        string[] tokens =
        [
            "<unk>",
            "<s>",
            "</s>",
            "<|im_start|>",
            "<|im_end|>",
            .. Enumerable.Range(0, 256).Select(static value => $"<0x{value:X2}>"),
            .. pieces,
        ];
        tokens = [.. tokens, .. Enumerable.Range(tokens.Length, Vocabulary - tokens.Length).Select(static index => $"<unused{index}>")];
        var types = tokens
            .Select(
                (_, index) =>
                    index switch
                    {
                        Unknown => UnknownType,
                        Begin or End or TurnStart or TurnEnd => Control,
                        < Special => Byte,
                        _ => index < Special + pieces.Count ? Normal : Unused,
                    }
            )
            .ToArray();
        // The earlier two pieces were joined, the earlier they are joined in a text.
        var scores = tokens.Select(static (_, index) => index < Special ? 0f : Special - index - 1f).ToArray();
        writer
            .Add("tokenizer.ggml.model", "llama")
            .Add("tokenizer.ggml.tokens", tokens)
            .Add("tokenizer.ggml.scores", scores)
            .Add("tokenizer.ggml.token_type", types)
            .Add("tokenizer.ggml.bos_token_id", (uint)Begin)
            .Add("tokenizer.ggml.eos_token_id", (uint)TurnEnd)
            .Add("tokenizer.ggml.unknown_token_id", (uint)Unknown)
            .Add("tokenizer.ggml.add_bos_token", true)
            .Add("tokenizer.ggml.add_eos_token", false)
            .Add("tokenizer.chat_template", Template);
    }
}
