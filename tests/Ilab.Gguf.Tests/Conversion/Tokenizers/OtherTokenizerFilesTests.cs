using System.Text.Json.Nodes;
using Ilab.Gguf.Conversion.Tokenizers;

namespace Ilab.Gguf.Tests.Conversion.Tokenizers;

/// <summary>Tokenizers in other files than usual: what comes of them is the same.</summary>
public sealed class OtherTokenizerFilesTests : SourceFixture
{
    [Theory]
    [InlineData("Qwen2Tokenizer")]
    [InlineData("Qwen2TokenizerFast")]
    public void VocabularyAndMergesOfTheirOwnAreTheSameTokenizer(string className)
    {
        Write(sentencePiece: false);
        Edit("tokenizer_config.json", config => config["tokenizer_class"] = className);
        var expected = Read();
        var json = JsonNode.Parse(File.ReadAllText(At("tokenizer.json")))!.AsObject();
        var added = json["added_tokens"]!.AsArray().Select(static token => token!.AsObject()).ToArray();
        File.WriteAllText(At("vocab.json"), json["model"]!["vocab"]!.ToJsonString());
        File.WriteAllText(
            At("merges.txt"),
            "#version: 0.2\n" + string.Concat(json["model"]!["merges"]!.AsArray().Select(static pair => $"{pair![0]} {pair[1]}\n"))
        );
        Edit(
            "tokenizer_config.json",
            config =>
                config["added_tokens_decoder"] = new JsonObject(
                    added.Select(static token => KeyValuePair.Create<string, JsonNode?>(token["id"]!.ToString(), token.DeepClone()))
                )
        );
        File.Delete(At("tokenizer.json"));
        Assert.Equal(expected, Read());
    }

    [Fact]
    public void AClassThatCutsInAnUnknownWayIsNamed()
    {
        Write(sentencePiece: false);
        File.Delete(At("tokenizer.json"));
        File.WriteAllText(At("vocab.json"), "{}");
        File.WriteAllText(At("merges.txt"), "");
        Edit("tokenizer_config.json", static config => config["tokenizer_class"] = "BlenderbotTokenizer");
        Assert.Contains("BlenderbotTokenizer", Refused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TokensThatOnlyTheSettingsListAreAdded(bool isSpecial)
    {
        Write(sentencePiece: false);
        Edit(
            "tokenizer_config.json",
            config =>
                config["added_tokens_decoder"] = new JsonObject
                {
                    ["310"] = new JsonObject { ["content"] = "<tool>", ["special"] = isSpecial },
                    ["5"] = new JsonObject { ["content"] = "another", ["special"] = true },
                }
        );
        Edit(
            "tokenizer.json",
            static json =>
            {
                for (var id = 310; id < 320; id++)
                {
                    json["model"]!["vocab"]!.AsObject().Remove($"zz{id}");
                }
            }
        );
        var tokens = Read();
        Assert.Equal(("<tool>", isSpecial ? TokenKind.Control : TokenKind.UserDefined), tokens[310]);
        Assert.Equal(TokenKind.Normal, tokens[5].Kind);
    }

    private (string Text, TokenKind Kind)[] Read()
    {
        var converted = Convert();
        using var stream = File.OpenRead(converted.Path);
        var arrays = new GgufArrays(converted.Header, stream);
        var kinds = arrays.Ints("tokenizer.ggml.token_type")!;
        return
        [
            .. arrays.Strings("tokenizer.ggml.tokens")!.Select((text, id) => (text, (TokenKind)kinds[id])),
            .. arrays.Strings("tokenizer.ggml.merges")!.Select(static merge => (merge, TokenKind.Normal)),
            (converted.Header.GetString("tokenizer.ggml.pre")!, TokenKind.Normal),
            ($"{converted.Header.GetUnsigned("tokenizer.ggml.bos_token_id")} {converted.Header.GetUnsigned("tokenizer.ggml.eos_token_id")}", TokenKind.Normal),
        ];
    }
}
