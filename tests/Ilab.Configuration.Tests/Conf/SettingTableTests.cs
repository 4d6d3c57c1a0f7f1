using System.Text;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Service;
using Ilab.Configuration.Settings;
using Ilab.Testing;

namespace Ilab.Configuration.Tests.Conf;

/// <summary>One table: what is generated from it agrees with it.</summary>
public sealed class SettingTableTests
{
    private static readonly string Document = Path.Combine(TestPaths.Repository, "docs", "settings.md");

    [Fact]
    public void KeysAndVariablesAreUnique()
    {
        Assert.Empty(SettingTable.All.GroupBy(static setting => setting.Key).Where(static group => group.Count() > 1).Select(static group => group.Key));
        // Certificate and key have one variable for both programs: each reads its own.
        Assert.Empty(
            SettingTable
                .All.GroupBy(static setting => (setting.Variable, setting.Reader))
                .Where(static group => group.Count() > 1)
                .Select(static group => group.Key)
        );
    }

    [Fact]
    public void EverySectionIsDescribedAndHasSettings()
    {
        Assert.Equal(SettingTable.All.Select(static setting => setting.Section).Distinct(), SettingTable.Sections.Select(static section => section.Name));
        Assert.All(SettingTable.All, static setting => Assert.False(setting.Meaning.TrimEnd('.').Length == setting.Meaning.Length - 1, setting.Key));
    }

    [Fact]
    public void DefaultsAreValid() =>
        Assert.All(SettingTable.All.Where(static setting => setting.Default.Length > 0), static setting => setting.Type.Check(setting.Default));

    /// <summary>A value that a file may have is one that the service takes, and the other way round.</summary>
    [Fact]
    public void TheTableAndTheServiceAgreeOnWhatIsValid()
    {
        string[] samples =
        [
            "0",
            "1",
            "-1",
            "32",
            "256",
            "257",
            "1024",
            "1025",
            "65536",
            "65537",
            "16777216",
            "16777217",
            "5m",
            "2h",
            "never",
            "8G",
            "512M",
            "all",
            "auto",
            "off",
            "on",
            "strict",
            "text",
            "json",
            "debug",
            "error",
            "cpu",
            "cuda1",
            "gpu",
            "*:80",
            "127.0.0.1:99999",
            "http://localhost:4317",
            "nonsense",
            "1.5",
            "true",
        ];
        var options = new OptionsReader(static _ => null, "1").Read(["--root", "/tmp/r"]).Options!;
        foreach (var setting in ServiceSettings.All)
        {
            foreach (var sample in samples)
            {
                Assert.True(Accepts(() => setting.Type.Check(sample)) == Accepts(() => setting.Apply(options, sample)), $"{setting.Name}: {sample}");
            }
        }
    }

    [Fact]
    public void TheNewFileSaysNothingAndWithItsLinesUncommentedTheDefaults()
    {
        var template = ConfTemplate.Write();
        var reader = new ConfReader(SettingTable.All);
        var silent = reader.Read("x", Encoding.UTF8.GetBytes(template));
        Assert.Equal((0, 0), (silent.Entries.Count, silent.Problems.Count));

        var spoken = reader.Read(
            "x",
            Encoding.UTF8.GetBytes(template.Replace("  #", "  ", StringComparison.Ordinal).Replace("   ", "  # ", StringComparison.Ordinal))
        );
        Assert.Empty(spoken.Problems);
        Assert.Equal(
            SettingTable.All.Where(static setting => setting.Default.Length > 0).Select(static setting => $"{setting.Key}={setting.Default}"),
            spoken.Entries.Select(static entry => $"{entry.Section}.{entry.Name}={string.Join(',', entry.Values)}")
        );
        Assert.All(template.Split('\n'), static line => Assert.InRange(line.Length, 0, 110));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("it's # fine: really")]
    [InlineData("")]
    [InlineData(" blanks ")]
    [InlineData("- a")]
    [InlineData("\"quoted\" \\ and\nbroken")]
    [InlineData("null")]
    [InlineData("key:")]
    [InlineData("*")]
    public void ATextIsReadBackAsItWasWritten(string text) =>
        Assert.Equal(
            text,
            new ConfReader(SettingTable.All).Read("x", Encoding.UTF8.GetBytes($"generation:\n  system: {ConfTemplate.Scalar(text)}\n")).Entries.Single().Values[
                0
            ]
        );

    /// <summary><c>ILAB_UPDATE_BASELINE=1</c> writes the page anew.</summary>
    [Fact]
    public void ThePageIsWhatTheTableSays()
    {
        if (Environment.GetEnvironmentVariable("ILAB_UPDATE_BASELINE") == "1")
        {
            File.WriteAllText(Document, SettingsDocument.Write());
        }

        Assert.Equal(SettingsDocument.Write(), File.ReadAllText(Document));
    }

    [Fact]
    public void WhatIsMisspeltIsGuessed()
    {
        Assert.Equal("generation.temperature", SettingTable.Suggest("generation.temprature"));
        Assert.Equal("generation.temperature", SettingTable.Suggest("temperature"));
        Assert.Equal("training", SettingTable.Suggest("trainng"));
        Assert.Null(SettingTable.Suggest("something.else.entirely"));
    }

    private static bool Accepts(Action check)
    {
        try
        {
            check();
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
