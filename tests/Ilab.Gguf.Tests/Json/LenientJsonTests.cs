using System.Text;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Tests.Conversion;

namespace Ilab.Gguf.Tests.Json;

/// <summary>JSON as Python and Windows programs write it.</summary>
public sealed class LenientJsonTests : SourceFixture
{
    [Theory]
    [InlineData("""{"time_step_limit":[0.0,Infinity],"x":1}""")]
    [InlineData("""{"a":NaN,"b":[-Infinity, NaN],"c":{"d":Infinity}}""")]
    [InlineData("""{"text":"NaN and -Infinity and \\\" Infinity","a":NaN}""")]
    public void NumbersThatJsonHasNoWordsForAreRead(string json)
    {
        File.WriteAllText(At("a.json"), json);
        using var folder = Source();
        using var document = folder.ReadJson("a.json");
        Assert.NotNull(document);
        Assert.False(document.RootElement.TryGetProperty("text", out var text) && text.GetString() != "NaN and -Infinity and \\\" Infinity");
        Assert.False(document.RootElement.TryGetProperty("a", out var constant) && constant.GetString() != "NaN");
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void AByteOrderMarkIsNoObstacle(string encoding)
    {
        Write();
        foreach (var name in new[] { "config.json", "tokenizer_config.json" })
        {
            File.WriteAllText(
                At(name),
                File.ReadAllText(At(name)),
                Encoding.GetEncoding(encoding) is UTF8Encoding ? new UTF8Encoding(true) : Encoding.GetEncoding(encoding)
            );
        }

        Assert.Equal(320UL, Convert().Header.GetUnsigned("llama.vocab_size"));
    }

    [Theory]
    [InlineData("{\"a\":\n\"\\ud83d\"}", "a.json is not JSON (line 2)")]
    [InlineData("{\"a\":1,\n\n\"b\":tru}", "a.json is not JSON (line 3)")]
    [InlineData("{\"a\":\"\\udc00\"}", "a.json is not JSON (line 1)")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n", "a.json is a Git LFS pointer")]
    [InlineData("<!DOCTYPE html><html></html>", "a.json is a web page")]
    [InlineData("", "a.json is an empty file")]
    [InlineData("[1,2]", "a.json does not hold a JSON object")]
    public void WhatIsNoJsonIsCalledWhatItIs(string content, string message)
    {
        File.WriteAllText(At("a.json"), content);
        using var folder = Source();
        Assert.StartsWith(message, Assert.Throws<ConversionException>(() => folder.ReadJson("a.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WholeSurrogatePairsAndEscapedBackslashesAreNoHalves()
    {
        File.WriteAllText(At("a.json"), """{"a":"\ud83d\ude00","b":"\\ud83d","c":"\u00e9"}""");
        using var folder = Source();
        using var document = folder.ReadJson("a.json");
        Assert.Equal("😀\\ud83dé", string.Concat(document!.RootElement.EnumerateObject().Select(static entry => entry.Value.GetString())));
    }

    [Fact]
    public void BytesThatAreNoTextAreToldWithTheirLine()
    {
        File.WriteAllBytes(At("a.json"), [.. "{\"a\":\n\""u8, 0xFF, .. "\"}"u8]);
        using var folder = Source();
        Assert.StartsWith("a.json is not JSON (line 2)", Assert.Throws<ConversionException>(() => folder.ReadJson("a.json")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rms_norm_eps", "NaN")]
    [InlineData("rope_theta", "Infinity")]
    [InlineData("rope_theta", "-Infinity")]
    public void AConstantOfTheModelHasToBeANumber(string key, string value)
    {
        Edit("config.json", config => config[key] = 7);
        File.WriteAllText(At("config.json"), File.ReadAllText(At("config.json")).Replace($"\"{key}\":7", $"\"{key}\":{value}", StringComparison.Ordinal));
        Assert.Contains($"{key} is {value}, which makes no sense", Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SamplingThatMakesNoSenseIsNotTaken()
    {
        Write();
        File.WriteAllText(At("generation_config.json"), """{"temperature":Infinity,"top_p":NaN,"repetition_penalty":1.1,"top_k":-Infinity}""");
        var header = Convert().Header;
        Assert.False(header.Metadata.ContainsKey("general.sampling.temp") || header.Metadata.ContainsKey("general.sampling.top_p"));
        Assert.Equal(1.1f, header.Metadata["general.sampling.penalty_repeat"].Value);
    }
}
