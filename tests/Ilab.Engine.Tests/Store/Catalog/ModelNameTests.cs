using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Tests.Store.Catalog;

public sealed class ModelNameTests
{
    [Theory]
    [InlineData("llama", "llama:latest")]
    [InlineData("Llama:3B-q4_0", "Llama:3B-q4_0")]
    [InlineData("team/llama", "team/llama:latest")]
    [InlineData("host.example:5000/team/llama:v1", "host.example:5000/team/llama:v1")]
    [InlineData("localhost:80/x", "localhost:80/x:latest")]
    [InlineData("_a.b-c", "_a.b-c:latest")]
    public void AGoodNameIsKept(string text, string full) => Assert.Equal(full, ModelName.Parse(text).ToString());

    [Theory]
    [InlineData("", "empty")]
    [InlineData("/a", "part of it is empty")]
    [InlineData("a//b", "part of it is empty")]
    [InlineData("a:", "its tag: a part of it is empty")]
    [InlineData("..", "begins with '.'")]
    [InlineData("a/../b", "begins with '.'")]
    [InlineData("-x", "begins with '-'")]
    [InlineData("a b", "' ' is not allowed")]
    [InlineData("a\0b", "'\\u0000' is not allowed")]
    [InlineData("a\nb", "'\\u000a' is not allowed")]
    [InlineData("añ", "'ñ' is not allowed")]
    [InlineData("a😀", "'😀' is not allowed")]
    [InlineData("a:b:c", "':' is not allowed")]
    [InlineData("h.x:port/a", "\"port\" is not a valid port")]
    [InlineData("h.x:1:2/a", "is not a valid port")]
    [InlineData("h.x:0/a", "is not a valid port")]
    public void ABadNameIsRefusedByTheRule(string text, string rule)
    {
        var error = Assert.Throws<EngineException>(() => ModelName.Parse(text));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(rule, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void TooLongIsSaidWithBothNumbers()
    {
        Assert.Contains(
            "81 characters; at most 80 are allowed",
            Assert.Throws<EngineException>(() => ModelName.Parse(new string('a', 81))).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "at most 350 are allowed",
            Assert.Throws<EngineException>(() => ModelName.Parse(new string('a', 9999))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void WhateverIsAcceptedIsSafeAndStable()
    {
        const string Alphabet = "aZ09_-./:/: \0\n\\~\u00e9\ud83d";
        var random = new Random(20261121);
        var accepted = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var text = new string(random.GetItems(Alphabet.AsSpan(0, random.Next(6, Alphabet.Length)), random.Next(0, 24)));
            if (!ModelName.TryParse(text, out var name))
            {
                continue;
            }

            accepted++;
            Assert.Equal(name.ToString(), ModelName.Parse(name.ToString()).ToString());
            Assert.DoesNotContain(
                name.ToString(),
                character => !char.IsAsciiLetterOrDigit(character) && !"_-./:".Contains(character, StringComparison.Ordinal)
            );
            Assert.All(name.Path.Split('/'), part => Assert.False(part.StartsWith('.') || part.Length == 0));
        }

        Assert.InRange(accepted, 500, 19_500);
    }

    [Theory]
    [InlineData("süß", "suss")]
    [InlineData("Été Æsir", "ete-aesir")]
    [InlineData("Łódź Ørsted", "lodz-orsted")]
    [InlineData("naïve\u0301", "naive")]
    [InlineData("plain_1.5-Q4", "plain_1.5-q4")]
    public void LettersWithMarksKeepTheirLetter(string text, string name) => Assert.Equal(name, ModelName.Derive(text));

    [Theory]
    [InlineData("模型")]
    [InlineData("модель-7b")]
    [InlineData("a-μ")]
    public void ANameThatWouldLoseLettersHasToBeChosen(string text) =>
        Assert.Contains("choose a name with --name", Assert.Throws<EngineException>(() => ModelName.Derive(text)).Hint, StringComparison.Ordinal);

    [Fact]
    public void ASuggestedNameIsAlwaysAName()
    {
        var random = new Random(7);
        for (var round = 0; round < 5000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(0, 200)).Select(_ => (char)random.Next(0, 0x3000))]);
            Assert.True(ModelName.TryParse(ModelName.Sanitize(text), out _), ModelName.Sanitize(text));
        }
    }
}
