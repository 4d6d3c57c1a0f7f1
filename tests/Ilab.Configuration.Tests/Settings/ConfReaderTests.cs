using System.Text;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;
using Ilab.Testing;

namespace Ilab.Configuration.Tests.Settings;

/// <summary>What a file of settings says, and what is said of one that is wrong.</summary>
public sealed class ConfReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void SectionsHaveKeysWithValues()
    {
        var file = Read(
            """
            # a comment
            generation:
              temperature: 0.2      # and another
              stop: ["a: b", END]
              system: "Say \"no\"."
              ctx:
            training: {rank: 16, schedule: cosine}
            model:
            output: ~
            service:
              http-origins: http://a, http://b
              threads: 010
            """
        );
        Assert.Empty(file.Problems);
        Assert.Equal(
            [
                "generation.temperature=0.2@3:3",
                "generation.stop=a: b|END@4:3",
                "generation.system=Say \"no\".@5:3",
                "training.rank=16@7:12",
                "training.schedule=cosine@7:22",
                "service.http-origins=http://a|http://b@11:3",
                "service.threads=010@12:3",
            ],
            file.Entries.Select(static entry => $"{entry.Section}.{entry.Name}={string.Join('|', entry.Values)}@{entry.Line}:{entry.Column}")
        );
    }

    [Theory]
    [InlineData("generation:\n  temprature: 0.2\n", 2, 3, "unknown key \"temprature\" in the section generation; did you mean temperature?")]
    [InlineData("generation:\n  rank: 8\n", 2, 3, "it belongs to the section training")]
    [InlineData("generaton:\n  ctx: 8\n", 1, 1, "unknown section \"generaton\"; did you mean generation?")]
    [InlineData("temperature: 1\n", 1, 1, "unknown section \"temperature\"; temperature is a key of the section generation")]
    [InlineData("training:\n  rank: 8\n  rank: 9\n", 3, 3, "the key \"rank\" is already there in line 2; keep one of them")]
    [InlineData("model:\n  default: a\nmodel:\n  default: b\n", 3, 1, "the section \"model\" is already there in line 1")]
    [InlineData("generation:\n\ttemperature: 1\n", 2, 1, "a tab stands where only spaces may; indent with spaces")]
    [InlineData("generation: &a\n  ctx: 1\n", 1, 13, "anchors, aliases and tags are not used here")]
    [InlineData("generation:\n  ctx: !!int 1\n", 2, 8, "anchors, aliases and tags are not used here")]
    [InlineData("generation:\n  ctx: *a\n", 2, 8, "stands for nothing")]
    [InlineData("generation:\n  temperature: hot\n", 2, 16, "generation.temperature: \"hot\" is not a number from 0 to 100")]
    [InlineData("generation:\n  temperature: 101\n", 2, 16, "is not a number from 0 to 100")]
    [InlineData("generation:\n  temperature: [1]\n", 2, 16, "generation.temperature: expected one value")]
    [InlineData("generation:\n  stop: [[a]]\n", 2, 9, "generation.stop: expected a text or a list of texts")]
    [InlineData("generation:\n  ctx: -1\n", 2, 8, "is not an integer from 0 to")]
    [InlineData("training:\n  schedule: triangular\n", 2, 13, "is not one of linear, cosine, constant")]
    [InlineData("connection:\n  no-autostart: perhaps\n", 2, 17, "neither true nor false")]
    [InlineData("service:\n  keep-alive: soon\n", 2, 15, "is not a duration such as 30s, 5m or 2h")]
    [InlineData("service:\n  keep-alive: 1000000000000d\n", 2, 15, "is too long: a duration has at most 24855 days")]
    [InlineData("generation:\n  keep-alive: 24856d\n", 2, 15, "is too long")]
    [InlineData("generation: 3\n", 1, 13, "the section generation has keys, not a value")]
    [InlineData("- a\n", 1, 1, "settings are sections of keys and values")]
    [InlineData("just text\n", 1, 1, "settings are sections of keys and values")]
    [InlineData("generation:\n  ctx: 1\n---\nmodel:\n", 3, 1, "a second document begins here")]
    [InlineData("generation:\n  ctx: 1\n ctx: 2\n", 3, 2, "")]
    [InlineData("generation:\n  system: \"open\n", 2, 11, "")]
    [InlineData("generation: {ctx: 1\n", 2, 1, "")]
    [InlineData("? [a]\n: b\n", 1, 3, "a section is a word")]
    public void WhatIsWrongIsSaidWithItsPlace(string text, int line, int column, string message)
    {
        var problem = Assert.Single(Read(text).Problems);
        Assert.Contains(message, problem.ToString(), StringComparison.Ordinal);
        Assert.Equal((line, column), (problem.Line, problem.Column));
        Assert.StartsWith($"x.conf:{line}:{column}: ", problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.ToString());
    }

    [Fact]
    public void AllProblemsAreSaidAtOnce() =>
        Assert.Equal([2, 3, 5], Read("generation:\n  ctx: x\n  nonsense: 1\nmodel:\n  default: [a]\n").Problems.Select(static problem => problem.Line));

    [Fact]
    public void ATabInAValueIsText() => Assert.Equal("a\tb", Read("generation:\n  system: \"a\tb\"\n").Entries[0].Values[0]);

    [Fact]
    public void EncodingsThatAreNotUtf8AreNamed()
    {
        Assert.Contains("UTF-16", Problem(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("model:\n"))), StringComparison.Ordinal);
        Assert.Contains("x.conf:2:12: the file is not UTF-8", Problem([.. "model:\n  default: "u8, 0xFC]), StringComparison.Ordinal);
        Assert.Contains("U+0000 is not allowed", Problem([.. "model:\n  default: a"u8, 0]), StringComparison.Ordinal);
        Assert.Empty(Reader().Read("x.conf", [.. Encoding.UTF8.GetPreamble(), .. "model:\r\n  default: grün\r\n"u8]).Problems);
    }

    [Theory]
    [InlineData("utf-16", "UTF-16 without")]
    [InlineData("utf-16BE", "UTF-16 without")]
    [InlineData("utf-32", "UTF-32 without")]
    [InlineData("utf-32BE", "UTF-32 without")]
    public void WideEncodingsNeedNoMarkToBeNamed(string encoding, string named)
    {
        var wide = Encoding.GetEncoding(encoding);
        Assert.Contains(
            $"x.conf:1:1: the file is not UTF-8; the file is {named} a byte order mark: save it as UTF-8",
            Problem(wide.GetBytes("model:\n  default: grün\n")),
            StringComparison.Ordinal
        );
        var marked = Problem(wide.GetPreamble().Concat(wide.GetBytes("model:\n")));
        Assert.Contains($"the file is {named[..6]}: save it as UTF-8", marked, StringComparison.Ordinal);
    }

    [Fact]
    public void DirectoriesPipesAndHugeFilesAreRefusedWithoutReadingThem()
    {
        Assert.Contains("is a directory", Assert.Single(Reader().Read(_folder.Path).Problems).ToString(), StringComparison.Ordinal);
        var huge = Path.Combine(_folder.Path, "huge.conf");
        using (var stream = File.Create(huge))
        {
            stream.SetLength(1L << 40);
        }

        Assert.Contains("larger than 1 MiB", Assert.Single(Reader().Read(huge).Problems).ToString(), StringComparison.Ordinal);
        Assert.Contains("is not a regular file", Assert.Single(Reader().Read("/dev/zero").Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsMissingOrEmptySaysNothing()
    {
        Assert.Equal((0, 0), (Reader().Read("/nowhere/x.conf").Entries.Count, Reader().Read("/nowhere/x.conf").Problems.Count));
        foreach (var text in new[] { "", "\n", "# only a comment\n", "---\n", "~\n" })
        {
            Assert.Equal((0, 0), (Read(text).Entries.Count, Read(text).Problems.Count));
        }
    }

    [Fact]
    public void DeepNestingEndsInAProblem() => Assert.NotEmpty(Read("generation: " + new string('[', 100_000) + "\n").Problems);

    private static ConfReader Reader() => new(SettingTable.All);

    private static ConfFile Read(string text) => Reader().Read("x.conf", Encoding.UTF8.GetBytes(text));

    private static string Problem(IEnumerable<byte> bytes) => Assert.Single(Reader().Read("x.conf", bytes.ToArray()).Problems).ToString();
}
