using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion.Tokenizers;

/// <summary>XLM-RoBERTa's own file, whose ids are one lower than those of the model: what comes of it is what tokenizer.json says.</summary>
public sealed class ShiftedPiecesTests : IDisposable
{
    private const int Words = 315;
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void IdsAreThoseOfTheModel()
    {
        _ = new FamilyCheckpoint(_folder.Path, "XLMRobertaModel", """{"max_position_embeddings": 130, "pad_token_id": 1}""");
        File.Delete(Path.Combine(_folder.Path, "tokenizer.json"));
        (string, float, byte)[] first = [("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3)];
        TinyTokenizers.WriteUnigram(
            Path.Combine(_folder.Path, "sentencepiece.bpe.model"),
            [.. first, .. Enumerable.Range(0, Words).Select(static word => ($"\u2581w{word}", -3f - word, (byte)1))],
            [],
            addsPrefix: true,
            mergesSpaces: true
        );
        var path = Path.Combine(_folder.Path, "model.gguf");
        using (var conversion = HuggingFaceConverter.Prepare(new SourceFolder(_folder.Path, static file => File.OpenHandle(file)), null))
        {
            using var file = File.Create(path);
            conversion.Write(file, static _ => { }, CancellationToken.None);
        }

        using var stream = File.OpenRead(path);
        var header = GgufFile.Read(stream);
        var arrays = new GgufArrays(header, stream);
        var tokens = arrays.Strings("tokenizer.ggml.tokens")!;
        Assert.Equal(["<s>", "<pad>", "</s>", "<unk>", "\u2581w0", "\u2581w1"], tokens[..6]);
        Assert.Equal("<mask>", tokens[4 + Words]);
        Assert.Equal([0, 0, 0, 0, -3, -4], arrays.Floats("tokenizer.ggml.scores")![..6]);
        Assert.Equal([3, 3, 3, 2, 1, 1], arrays.Ints("tokenizer.ggml.token_type")![..6]);
        (string Key, ulong Value)[] ids = [("bos", 0), ("eos", 2), ("unknown", 3), ("padding", 1), ("seperator", 2), ("mask", 4 + Words)];
        Assert.All(ids, entry => Assert.Equal(entry.Value, header.GetUnsigned($"tokenizer.ggml.{entry.Key}_token_id")));
        Assert.All(["bos", "eos", "sep"], role => Assert.Equal(true, header.Metadata[$"tokenizer.ggml.add_{role}_token"].Value));
    }

    public void Dispose() => _folder.Dispose();
}
