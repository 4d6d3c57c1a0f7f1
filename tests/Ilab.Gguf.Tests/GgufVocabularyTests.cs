namespace Ilab.Gguf.Tests;

/// <summary>Vocabularies that native code would end the process for.</summary>
public sealed class GgufVocabularyTests
{
    [Theory]
    [InlineData(null, "a", "b", "", "", "[EMPTY]")]
    [InlineData("tokens 0 and 2 of the vocabulary are the same, \"a\"", "a", "b", "a")]
    [InlineData("tokens 0 and 1 of the vocabulary are the same, \"a?x\"", "a", "a\0x")]
    public void TwoTokensThatAreTheSameAreNamed(string? problem, params string[] tokens)
    {
        var path = Path.GetTempFileName();
        new GgufWriter().Add("general.architecture", "llama").Add("tokenizer.ggml.model", "llama").Add("tokenizer.ggml.tokens", tokens).Write(path);
        using var stream = File.OpenRead(path);
        var file = GgufFile.Read(stream);
        var error = Record.Exception(() => GgufVocabulary.Check(file, stream));

        Assert.Equal(problem, (error as GgufException)?.Message);
        Assert.Equal(tokens, new GgufArrays(file, stream).Strings("tokenizer.ggml.tokens"));
        File.Delete(path);
    }
}
