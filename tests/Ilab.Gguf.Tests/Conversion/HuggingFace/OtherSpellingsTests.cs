using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Families;
using Ilab.Gguf.Safetensors;
using Ilab.Testing;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>
/// Folders of the corpus as other versions of transformers would have saved them: keys left out that say what their class takes anyway, positions in the newer
/// spelling, the text model in a part of its own with a vision tower beside it. What comes of them is what comes of the original, bit by bit.
/// </summary>
public sealed class OtherSpellingsTests : IDisposable
{
    private const string Config = "config.json";
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true };

    /// <summary>Folders that say positions in a way that has a counterpart, and others that are there to be refused.</summary>
    private static readonly string[] Refused = ["lora-adapter", "no-tokenizer", "shard-missing", "unknown-architecture", "unknown-tensor", "vocab-too-small"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Folders()
    {
        var data = new TheoryData<string>();
        foreach (var name in CorpusFolder.All().Where(static name => !Refused.Contains(name)))
        {
            data.Add(name);
        }

        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void KeysThatSayWhatTheClassTakesAnywayMayBeMissing(string name)
    {
        Skip.If(name.Length == 0, "no ../shared/reference/conversion: keys are left out of no config");
        var defaults = JsonNode.Parse(FamilyList.OfClass(ClassOf(name))!.Defaults)!.AsObject();
        Compare(name, config => Drop(PartOf(config), defaults));
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void PositionsInTheNewerSpellingMeanTheSame(string name)
    {
        Skip.If(name.Length == 0, "no ../shared/reference/conversion: no config is written in the newer spelling");
        Compare(name, config => Modernize(PartOf(config)));
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void TheTypeOfTheWeightsMayHaveEitherName(string name)
    {
        Skip.If(name.Length == 0, "no ../shared/reference/conversion: no config is written in the other spelling");
        Compare(
            name,
            static config =>
            {
                var part = PartOf(config);
                var (from, to) = part.ContainsKey("dtype") ? ("dtype", "torch_dtype") : ("torch_dtype", "dtype");
                var value = part[from]?.DeepClone();
                part.Remove(from);
                part[to] = value;
            }
        );
    }

    /// <summary>The class of a model that sees, with what it puts before the names of the text model.</summary>
    [SkippableTheory]
    [InlineData("gemma3-text", "Gemma3ForConditionalGeneration", "model.", "model.language_model.", "model.vision_tower.")]
    [InlineData("gemma3-text", "Gemma3ForConditionalGeneration", "", "language_model.", "vision_tower.")]
    [InlineData("gemma4-text", "Gemma4ForConditionalGeneration", "model.", "model.language_model.", "model.vision_tower.")]
    [InlineData("ministral3", "Mistral3ForConditionalGeneration", "model.", "model.language_model.", "model.vision_tower.")]
    [InlineData("ministral3", "Mistral3ForConditionalGeneration", "", "language_model.", "vision_tower.")]
    [InlineData("llama4-text", "Llama4ForConditionalGeneration", "", "language_model.", "vision_model.")]
    [InlineData("qwen3.5", "Qwen3_5ForConditionalGeneration", "model.", "model.language_model.", "model.visual.")]
    [InlineData("qwen2.5-vl", "Qwen2_5_VLForConditionalGeneration", "model.", "model.language_model.", "model.visual.")]
    [InlineData("qwen3-vl", "Qwen3VLForConditionalGeneration", "model.language_model.", "model.", "visual.")]
    public void TheTextModelOfOneThatSeesIsTheSame(string name, string className, string before, string after, string eyes)
    {
        Skip.IfNot(CorpusFolder.All().Contains(name), "no ../shared/reference/conversion: no model gets eyes");
        var expected = Convert(new CorpusFolder(name).Path);
        var copy = Copy(name);
        Edit(
            copy,
            config =>
            {
                var inner = config.ContainsKey("text_config")
                    ? config
                    : new JsonObject { ["text_config"] = Text(config), ["tie_word_embeddings"] = Clone(config["tie_word_embeddings"]) };
                inner["architectures"] = new JsonArray(className);
                inner["vision_config"] = inner["vision_config"]?.DeepClone() ?? new JsonObject { ["hidden_size"] = 7, ["num_hidden_layers"] = 3 };
                return inner;
            }
        );
        Rewrite(
            Path.Combine(copy, "model.safetensors"),
            tensor =>
                tensor.StartsWith(before, StringComparison.Ordinal) && !tensor.Contains("visual", StringComparison.Ordinal)
                    ? after + tensor[before.Length..]
                    : tensor,
            eyes + "blocks.0.weight"
        );
        var actual = Convert(copy);
        Assert.Equal(Facts(expected), Facts(actual));

        static JsonNode Text(JsonObject config)
        {
            var text = config.DeepClone().AsObject();
            text.Remove("architectures");
            return text;
        }
    }

    public void Dispose() => _folder.Dispose();

    private static JsonNode? Clone(JsonNode? node) => node?.DeepClone();

    private static string ClassOf(string name) =>
        Parse(File.ReadAllText(Path.Combine(new CorpusFolder(name).Path, Config)))["architectures"]![0]!.GetValue<string>();

    // Numbers that JSON has no words for count as not there.
    private static JsonObject Parse(string text) => JsonNode.Parse(text.Replace(" Infinity", " null", StringComparison.Ordinal), null, Lenient)!.AsObject();

    private static JsonObject PartOf(JsonObject config) => config["text_config"] as JsonObject ?? config;

    private static void Drop(JsonObject config, JsonObject defaults)
    {
        foreach (var (key, value) in defaults)
        {
            if (config.TryGetPropertyValue(key, out var said) && JsonNode.DeepEquals(said, value))
            {
                config.Remove(key);
            }
        }
    }

    private static void Modernize(JsonObject config)
    {
        if (config.ContainsKey("rope_parameters") || (config["rope_theta"] ?? config["rotary_emb_base"] ?? config["global_rope_theta"]) is not { } start)
        {
            return;
        }

        var whole = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = start.DeepClone() };
        foreach (var (key, value) in config["rope_scaling"] as JsonObject ?? [])
        {
            whole[key == "type" ? "rope_type" : key] = value?.DeepClone();
        }

        if ((config["partial_rotary_factor"] ?? config["rotary_pct"]) is { } part)
        {
            whole["partial_rotary_factor"] = part.DeepClone();
        }

        var local = config["rope_local_base_freq"] ?? config["local_rope_theta"];
        config["rope_parameters"] = local is null
            ? whole
            : new JsonObject
            {
                ["full_attention"] = whole,
                ["sliding_attention"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = local.DeepClone() },
            };
        const string Older = "rope_theta rope_scaling rotary_emb_base global_rope_theta local_rope_theta rope_local_base_freq partial_rotary_factor rotary_pct";
        Array.ForEach(Older.Split(' '), key => config.Remove(key));
    }

    private void Compare(string name, Action<JsonObject> change)
    {
        var expected = Convert(new CorpusFolder(name).Path);
        var copy = Copy(name);
        Edit(
            copy,
            config =>
            {
                change(config);
                return config;
            }
        );
        var actual = Convert(copy);
        Assert.Equal(Facts(expected), Facts(actual));
        Assert.Equal(expected, actual);
    }

    private string Copy(string name)
    {
        var copy = Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName;
        foreach (var file in Directory.GetFiles(new CorpusFolder(name).Path))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)), overwrite: true);
        }

        return copy;
    }

    private static void Edit(string folder, Func<JsonObject, JsonObject> change)
    {
        var path = Path.Combine(folder, Config);
        File.WriteAllText(path, change(Parse(File.ReadAllText(path))).ToJsonString());
    }

    private static void Rewrite(string path, Func<string, string> rename, string other)
    {
        var (header, bytes) = (SafetensorsFile.Read(path), File.ReadAllBytes(path));
        var writer = new SafetensorsWriter();
        foreach (var tensor in header.Tensors)
        {
            var data = bytes.AsMemory((int)(header.DataOffset + tensor.Offset), (int)tensor.Bytes);
            writer.Add(rename(tensor.Name), tensor.Type, [.. tensor.Shape], stream => stream.Write(data.Span));
        }

        writer.Add(other, SafetensorsType.F32, [2], static stream => stream.Write(new byte[8])).Write(path);
    }

    private byte[] Convert(string folder)
    {
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(folder, static path => File.OpenHandle(path)), GgmlType.F32);
        var path = Path.Combine(_folder.Path, "model.gguf");
        using (var file = File.Create(path))
        {
            conversion.Write(file, static _ => { }, CancellationToken.None);
        }

        return File.ReadAllBytes(path);
    }

    // What is compared where names of the maker are in the way, and what is said where something differs.
    private string[] Facts(byte[] gguf)
    {
        var path = Path.Combine(_folder.Path, "facts.gguf");
        File.WriteAllBytes(path, gguf);
        var header = GgufFile.Read(path);
        return
        [
            .. header.Metadata.Select(static entry => $"{entry.Key}={entry.Value}").Order(StringComparer.Ordinal),
            .. header
                .Tensors.Select(tensor =>
                    $"{tensor.Name} {string.Join('x', tensor.Shape)} "
                    + System.Convert.ToHexString(
                        System.Security.Cryptography.SHA256.HashData(gguf.AsSpan((int)(header.DataOffset + (long)tensor.Offset), (int)tensor.Bytes))
                    )
                )
                .Order(StringComparer.Ordinal),
        ];
    }
}
