namespace Ilab.Taxonomy.Tests;

/// <summary>What plain words are taken for; where a text is wanted, only texts are right.</summary>
public sealed class YamlTypingTests
{
    [Theory]
    [InlineData("ada", true)]
    [InlineData("y", true)]
    [InlineData("yes", false)]
    [InlineData("Off", false)]
    [InlineData("oFF", true)]
    [InlineData("~", false)]
    [InlineData("nULL", true)]
    [InlineData("12", false)]
    [InlineData("012", false)]
    [InlineData("08", true)]
    [InlineData("0o7", true)]
    [InlineData("0x1F", false)]
    [InlineData("1_000", false)]
    [InlineData("1:30", false)]
    [InlineData("1:75", true)]
    [InlineData("1e5", true)]
    [InlineData("1.5e+5", false)]
    [InlineData("1.5e5", true)]
    [InlineData(".5", false)]
    [InlineData("-.5", true)]
    [InlineData(".inf", false)]
    [InlineData(".nan", false)]
    [InlineData("2024-01-02", false)]
    [InlineData("2024-1-2", true)]
    [InlineData("2024-01-02 10:00:00 +1:00", false)]
    [InlineData("2024-01-02 10:00:00 +1", false)]
    [InlineData("'12'", true)]
    [InlineData("!!str 12", true)]
    [InlineData("! 12", false)]
    [InlineData("!!binary aGk=", false)]
    public void APlainWordIsTextOnlyIfItLooksLikeNothingElse(string word, bool isText)
    {
        var verdict = Qna.Check(Qna.Skill().Replace("created_by: ada", "created_by: " + word, StringComparison.Ordinal));
        Assert.Equal(isText ? [] : ["type@2"], verdict.Errors());
    }

    [Theory]
    [InlineData("0x3")]
    [InlineData("0b11")]
    [InlineData("+3")]
    [InlineData("3.0")]
    [InlineData("03")]
    public void AVersionIsANumberHoweverItIsWritten(string version) => Assert.Empty(Qna.Check(Qna.Skill(version: version)).Errors());
}
