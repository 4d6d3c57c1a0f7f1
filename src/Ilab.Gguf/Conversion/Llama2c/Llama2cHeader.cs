using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Description;
using Ilab.Gguf.Families;

namespace Ilab.Gguf.Conversion.Llama2c;

/// <summary>The header of a llama2.c checkpoint: version 0 (seven numbers) or version 1 (with a magic number and flags).</summary>
/// <param name="Version">0 or 1; they order their tensors differently.</param>
/// <param name="Model">Its lengths.</param>
/// <param name="DataOffset">Where the first tensor starts, in bytes.</param>
internal sealed record Llama2cHeader(int Version, FamilyModel Model, long DataOffset)
{
    private const uint Magic = 0x616B3432; // "ak42"
    private const int Numbers = 7,
        NumbersBytes = Numbers * 4,
        LargeHeader = 256;
    private const int Largest = 1 << 24;

    public static Llama2cHeader Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < NumbersBytes)
        {
            throw NotOne();
        }

        var (version, at) = (0, 0);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Magic)
        {
            version = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
            at = 8;
            if (version != 1 || bytes.Length < LargeHeader)
            {
                throw new ConversionException(
                    $"a llama2.c checkpoint of version {version}: versions 0 and 1 can be converted",
                    "export the model with --version 1",
                    isUnsupported: true
                );
            }
        }

        Span<int> numbers = stackalloc int[Numbers];
        for (var index = 0; index < Numbers; index++)
        {
            numbers[index] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + (index * 4))..]);
        }

        // Version 0 says by a negative size of the vocabulary that the output matrix is one of its own; version 1 has a flag.
        var isTied = version == 0 ? numbers[5] > 0 : bytes[at + NumbersBytes] != 0;
        numbers[5] = Math.Abs(numbers[5]);
        foreach (var number in numbers)
        {
            if (number is <= 0 or > Largest)
            {
                throw NotOne();
            }
        }

        if (numbers[0] % numbers[3] != 0 || numbers[3] % numbers[4] != 0 || numbers[0] / numbers[3] % 2 != 0)
        {
            throw NotOne();
        }

        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(FamilyList.OfArchitecture("llama")!.Classes[0]),
            ["hidden_size"] = numbers[0],
            ["intermediate_size"] = numbers[1],
            ["num_hidden_layers"] = numbers[2],
            ["num_attention_heads"] = numbers[3],
            ["num_key_value_heads"] = numbers[4],
            ["vocab_size"] = numbers[5],
            ["max_position_embeddings"] = numbers[6],
            ["rms_norm_eps"] = 1e-5,
            ["tie_word_embeddings"] = isTied,
        };
        using var document = JsonDocument.Parse(config.ToJsonString());
        var model = HuggingFaceConfig.Parse(document.RootElement.Clone());
        return new Llama2cHeader(version, model, version == 0 ? NumbersBytes : LargeHeader);
    }

    private static ConversionException NotOne() =>
        new("not a llama2.c checkpoint: its header makes no sense", "name the .bin file that llama2.c's export makes");
}
