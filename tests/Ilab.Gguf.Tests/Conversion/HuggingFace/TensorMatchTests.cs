using System.Text.Json.Nodes;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>Tied heads that are there all the same, and vocabularies of other lengths than the config says.</summary>
public sealed class TensorMatchTests : SourceFixture
{
    private const string Embedding = "model.embed_tokens.weight",
        Head = "lm_head.weight";

    [Fact]
    public void AHeadThatIsTheEmbeddingIsWrittenOnce()
    {
        Write(new TinyModelShape { TiesEmbedding = true }, change: static model => model.Tensors[Head] = model.Tensors[Embedding]);
        var converted = Convert();
        Assert.False(converted.Has("output.weight"));
        Assert.DoesNotContain(converted.Warnings, static warning => warning.Contains(Head, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12_345)]
    [InlineData((320 * 64) - 1)]
    public void AHeadThatDiffersIsKeptWhateverTheConfigSays(int changed)
    {
        var model = Write(
            new TinyModelShape { TiesEmbedding = true },
            change: model =>
            {
                var (shape, values) = model.Tensors[Embedding];
                model.Tensors[Head] = (shape, [.. values]);
                model.Tensors[Head].Values[changed] += 1;
            }
        );
        var converted = Convert();
        Assert.Equal(model.Tensors[Head].Values, converted.Values("output.weight"));
        Assert.Equal(model.Tensors[Embedding].Values, converted.Values("token_embd.weight"));
        Assert.Contains(converted.Warnings, static warning => warning.Contains("tie_word_embeddings", StringComparison.Ordinal));
    }

    [Fact]
    public void ATiedPairThatWasSavedUnderTheHeadsNameIsTheEmbedding()
    {
        var model = Write(
            new TinyModelShape { TiesEmbedding = true },
            change: static model =>
            {
                model.Tensors[Head] = model.Tensors[Embedding];
                model.Tensors.Remove(Embedding);
            }
        );
        var converted = Convert();
        Assert.Equal(model.Tensors[Head].Values, converted.Values("token_embd.weight"));
        Assert.False(converted.Has("output.weight"));
    }

    [Fact]
    public void AMissingHeadIsNamedWithWhatMayBeMeant()
    {
        Write(change: static model => model.Tensors.Remove(Head));
        var error = Refused();
        Assert.Contains($"{Head} is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("tie_word_embeddings", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(319)]
    [InlineData(512)]
    public void TheRowsOfTheEmbeddingCountNotTheConfig(int said)
    {
        Edit("config.json", config => config["vocab_size"] = said);
        var converted = Convert();
        Assert.Equal(320UL, converted.Header.GetUnsigned("llama.vocab_size"));
        Assert.Equal(320UL, converted.Header.GetCount("tokenizer.ggml.tokens"));
        Assert.Contains(converted.Warnings, static warning => warning.Contains("320 rows", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, 300)]
    [InlineData(true, 272)]
    [InlineData(false, 310)]
    public void RowsWithoutATokenAreFilledUp(bool sentencePiece, int tokens)
    {
        Write(sentencePiece: sentencePiece);
        if (sentencePiece)
        {
            TinyTokenizers.WriteSentencePiece(Folder, tokens);
        }
        else
        {
            TinyTokenizers.WriteBytePairs(Folder, tokens);
        }

        Assert.Equal(320UL, Convert().Header.GetCount("tokenizer.ggml.tokens"));
    }

    [Theory]
    [InlineData("added_tokens.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("tokenizer.json")]
    public void TokensThatWereAddedBeyondTheRowsAreLeftOutByName(string place)
    {
        Write(sentencePiece: place != "tokenizer.json");
        if (place == "added_tokens.json")
        {
            File.WriteAllText(At(place), """{"<pad>":320,"<extra>":321,"<broken>":-5}""");
        }
        else
        {
            Edit(
                place,
                json =>
                {
                    var token = new JsonObject { ["content"] = "<pad>", ["special"] = true };
                    if (place == "tokenizer.json")
                    {
                        token["id"] = 320;
                        json["added_tokens"]!.AsArray().Add((JsonNode)token);
                    }
                    else
                    {
                        json["added_tokens_decoder"] = new JsonObject { ["320"] = token };
                    }
                }
            );
        }

        var converted = Convert();
        Assert.Equal(320UL, converted.Header.GetCount("tokenizer.ggml.tokens"));
        Assert.Contains(converted.Warnings, static warning => warning.StartsWith("<pad>", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AVocabularyThatIsLongerThanTheModelIsOfAnother(bool sentencePiece)
    {
        Write(sentencePiece: sentencePiece);
        if (sentencePiece)
        {
            TinyTokenizers.WriteSentencePiece(Folder, 321);
        }
        else
        {
            TinyTokenizers.WriteBytePairs(Folder, 321);
        }

        Assert.Contains("321 tokens", Refused().Message, StringComparison.Ordinal);
    }
}
