using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.Tokenizers;
using Ilab.Gguf.Conversion.Values;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.Llama2c;

/// <summary>A llama2.c checkpoint and its tokenizer as a GGUF. It turns neighbours, as llama.cpp's llama does: no rows change places.</summary>
public static class Llama2cConverter
{
    private const int HeaderBytes = 256;

    /// <param name="folder">Belongs to the result from here on.</param>
    /// <param name="checkpoint">File in the folder.</param>
    /// <param name="tokenizer">The tokenizer's bytes.</param>
    /// <param name="type">Type of the matrices; null = F32, as in the checkpoint.</param>
    /// <exception cref="ConversionException">One of the files is not right.</exception>
    public static GgufConversion Prepare(SourceFolder folder, string checkpoint, ReadOnlySpan<byte> tokenizer, GgmlType? type)
    {
        var handle = folder.Open(checkpoint);
        var start = new byte[HeaderBytes];
        var header = Llama2cHeader.Parse(start.AsSpan(0, RandomAccess.Read(handle, start, 0)));
        var (model, target) = (header.Model, type ?? GgmlType.F32);
        var places = Places(header, out var end);
        var length = RandomAccess.GetLength(handle);
        if (length < end)
        {
            throw new ConversionException($"{checkpoint} is truncated: it has {length} bytes, its header wants {end}", "check that the file is whole");
        }

        var name = Path.GetFileNameWithoutExtension(checkpoint);
        var settings = new GgufSettings();
        settings.Set("general.architecture", model.Family.Architecture);
        settings.Set("general.type", "model");
        settings.Set("general.name", name);
        settings.Set("general.file_type", FileTypes.FileType(target));
        settings.Set("general.quantization_version", 2u);
        ModelMetadata.Write(model, null, settings);
        TokenizerMetadata.Write(Llama2cTokenizer.Read(tokenizer, (int)model.Measures.Of("vocab")), settings);
        var conversion = new GgufConversion(
            settings.ToWriter(),
            name,
            ["the model has no chat template: it completes texts, and chats without a form of its own"],
            folder
        );
        foreach (var entry in model.Tensors().Where(entry => places.ContainsKey(entry.Target)))
        {
            conversion.AddTensor(
                entry.Target,
                FileTypes.OfTensor(target, entry.Shape),
                entry.Shape,
                Rows(handle, places[entry.Target], entry.Shape),
                $"{checkpoint}: {entry.Target}"
            );
        }

        return conversion;
    }

    private static FileRows Rows(SafeFileHandle handle, long offset, long[] shape) =>
        new(handle, offset, shape.Length == 1 ? (1, (int)shape[0]) : (shape[0], (int)shape[1]), static values => values * sizeof(float), FloatCodec.FromF32);

    /// <summary>Where each tensor starts: all layers of one kind lie together.</summary>
    private static Dictionary<string, long> Places(Llama2cHeader header, out long end)
    {
        var model = header.Model;
        var sizes = model
            .Tensors()
            .ToDictionary(
                static entry => entry.Target,
                static entry => entry.Shape.Aggregate((long)sizeof(float), static (product, length) => checked(product * length))
            );
        var places = new Dictionary<string, long>();
        var at = header.DataOffset;
        string[] order =
            header.Version == 0
                ? ["token_embd", "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_down", "ffn_up", "output_norm"]
                : ["attn_norm", "ffn_norm", "output_norm", "token_embd", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_down", "ffn_up"];
        foreach (var kind in order)
        {
            var isGlobal = kind is "token_embd" or "output_norm";
            for (var layer = 0; layer < (isGlobal ? 1 : model.Layers); layer++)
            {
                Place(isGlobal ? $"{kind}.weight" : $"blk.{layer}.{kind}.weight");
            }
        }

        if (header.Version == 0)
        {
            // Tables of sines and cosines that nobody reads any more.
            at += (model.Config.Whole("max_position_embeddings") ?? 0) * model.Measures.Of("head") * sizeof(float);
        }

        if (!model.TiesEmbedding)
        {
            Place("output.weight");
        }

        end = at;
        return places;

        void Place(string name)
        {
            places[name] = at;
            at += sizes[name];
        }
    }
}
