using System.Text.Json;
using Ilab.Gguf.Json;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>
/// BPE over bytes in the files that GPT-2 came with, vocab.json and merges.txt, as the tokenizer.json that transformers makes of them. How text is cut is known
/// by the tokenizer's class.
/// </summary>
internal static class PairFiles
{
    private const string Tokens = "vocab.json",
        Pairs = "merges.txt",
        Fast = "Fast",
        End = "<|endoftext|>";

    /// <summary>Null = they are not there.</summary>
    /// <exception cref="ConversionException">They are of a class that cuts text in an unknown way, or damaged.</exception>
    public static JsonDocument? Read(SourceFolder folder)
    {
        if (!folder.Has(Tokens) || !folder.Has(Pairs))
        {
            return null;
        }

        using var vocabulary = folder.ReadJson(Tokens);
        using var config = folder.ReadJson(AddedTokenFiles.Config);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            WriteAdded(json, folder, config?.RootElement, vocabulary!.RootElement);
            json.WritePropertyName("pre_tokenizer");
            json.WriteRawValue(PreTokenizers.JsonOf(WayOf(config?.RootElement)));
            json.WriteStartObject("model");
            json.WriteString("type", "BPE");
            json.WritePropertyName("vocab");
            vocabulary.RootElement.WriteTo(json);
            json.WriteStartArray("merges");
            foreach (var line in folder.ReadText(Pairs).Split('\n').Select(static line => line.TrimEnd('\r')))
            {
                if (line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal))
                {
                    json.WriteStringValue(line);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return JsonDocument.Parse(stream.ToArray());
    }

    private static string WayOf(JsonElement? config)
    {
        var name = config.Find("tokenizer_class").Text() ?? "GPT2Tokenizer";
        return (name.EndsWith(Fast, StringComparison.Ordinal) ? name[..^Fast.Length] : name) switch
        {
            "GPT2Tokenizer" or "CodeGenTokenizer" => "gpt-2",
            "Qwen2Tokenizer" => "qwen2",
            _ => throw new ConversionException(
                $"{Tokens} and {Pairs} of the class {name} do not say how text is cut",
                "add the tokenizer.json of the model",
                isUnsupported: true
            ),
        };
    }

    // What is not listed anywhere is special by its role.
    private static void WriteAdded(Utf8JsonWriter json, SourceFolder folder, JsonElement? config, JsonElement vocabulary)
    {
        string[] roles = ["bos_token", "eos_token", "unk_token", "pad_token"];
        var special = roles
            .Select(role => config.Find(role).Text() ?? config.Find(role).Find("content").Text())
            .Append(End)
            .Select(text => text is not null && vocabulary.Find(text).Int() is { } id ? new AddedToken(id, text, true) : null)
            .OfType<AddedToken>();
        json.WriteStartArray("added_tokens");
        foreach (var token in AddedTokenFiles.InConfig(folder).Concat(special).Concat(AddedTokenFiles.InFile(folder)).DistinctBy(static token => token.Id))
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("special", token.IsSpecial);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
