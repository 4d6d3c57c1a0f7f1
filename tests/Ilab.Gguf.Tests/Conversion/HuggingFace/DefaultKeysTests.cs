using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Families;
using Ilab.Testing;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>What the class of a config takes for a missing key, and what no file of a family can say.</summary>
public sealed class DefaultKeysTests
{
    /// <summary>Each key of its own, by what a description makes of it.</summary>
    [Theory]
    [MemberData(nameof(FamilyCoverageTests.Classes), MemberType = typeof(FamilyCoverageTests))]
    public void ADefaultMeansTheSameWhetherItIsSaidOrNot(string className)
    {
        var family = FamilyList.OfClass(className)!;
        var defaults = JsonNode.Parse(family.Defaults)!.AsObject();
        var plain = Describe(className, []);
        foreach (var (key, value) in defaults)
        {
            // Two names of one key are told apart by what is said.
            Assert.Equal(plain, Describe(className, new JsonObject { [key] = value?.DeepClone() }));
        }

        string Describe(string name, JsonObject said)
        {
            said["architectures"] = new JsonArray(name);
            using var document = JsonDocument.Parse(said.ToJsonString());
            var config = new Description.ModelConfig(document.RootElement.Clone(), family.Defaults);
            var model = new Description.FamilyModel(family.Variant?.Invoke(config) ?? family, config);
            var settings = model.Family.Metadata.Select(rule => $"{rule.Key}={Text(rule.Value(config, model.Measures))}");
            var tensors = model
                .Tensors()
                .Where(static entry => entry.Layer is -1 or 0 or 1)
                .Select(static entry => $"{entry.Target} {string.Join('x', entry.Shape)}");
            return string.Join('\n', [.. settings, .. tensors, .. model.Family.Warnings?.Invoke(config) ?? [], .. config.Problems]);
        }
    }

    /// <summary>Ways to stretch positions that a family's files have no words for.</summary>
    [Theory]
    [InlineData("Qwen2ForCausalLM", "llama3")]
    [InlineData("GPTNeoXForCausalLM", "linear")]
    [InlineData("Cohere2ForCausalLM", "yarn")]
    [InlineData("LlamaForCausalLM", "longrope")]
    [InlineData("GemmaForCausalLM", "proportional")]
    [InlineData("LlamaForCausalLM", "spiral")]
    public void PositionsThatAreStretchedInAForeignWayAreRefused(string className, string kind) =>
        Assert.Contains(
            $"of the kind {kind}",
            Assert.ThrowsAny<ConversionException>(() => Parse(className, $$"""{"rope_type": "{{kind}}", "factor": 4.0}""")).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("LlamaForCausalLM", """{"rope_type": "llama3", "factor": 4.0}""")]
    [InlineData("LlamaForCausalLM", """{"type": "linear", "factor": 4.0}""")]
    [InlineData("Qwen2ForCausalLM", """{"type": "yarn", "factor": 4.0}""")]
    [InlineData("Qwen2ForCausalLM", """{"type": "dynamic", "factor": 4.0}""")]
    [InlineData("ApertusForCausalLM", "null")]
    public void OthersAreTaken(string className, string scaling) => Parse(className, scaling);

    /// <summary>A key that says null is not missing.</summary>
    [Fact]
    public void NullIsNoDefault()
    {
        Assert.Null(Config("MistralForCausalLM", """{"sliding_window": null}""").Whole("sliding_window"));
        Assert.Equal(4096, Config("MistralForCausalLM", "{}").Whole("sliding_window"));
        Assert.Null(Config("ApertusForCausalLM", """{"rope_scaling": null}""").Rope.Kind);
        Assert.Equal("llama3", Config("ApertusForCausalLM", """{"rope_theta": 5.0}""").Rope.Kind);
        Assert.Equal(5, Config("ApertusForCausalLM", """{"rope_theta": 5.0}""").Rope.Base);
        Assert.Equal(
            32,
            new Description.FamilyModel(FamilyList.OfClass("Qwen2ForCausalLM")!, Config("Qwen2ForCausalLM", """{"num_key_value_heads": null}""")).Measures.Find(
                "kv"
            )
        );
        Assert.Equal(16, new Description.FamilyModel(FamilyList.OfClass("GemmaForCausalLM")!, Config("GemmaForCausalLM", "{}")).Measures.Find("kv"));
    }

    private static Description.ModelConfig Config(string className, string json)
    {
        using var document = JsonDocument.Parse(json);
        return new Description.ModelConfig(document.RootElement.Clone(), FamilyList.OfClass(className)!.Defaults);
    }

    private static void Parse(string className, string scaling)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), $$"""{"architectures": ["{{className}}"], "rope_scaling": {{scaling}}}""");
        using var source = new SourceFolder(folder.Path, static path => File.OpenHandle(path));
        HuggingFaceConfig.Read(source);
    }

    private static string Text(object? value) => value is Array list ? string.Join(' ', list.Cast<object>()) : $"{value}";
}
