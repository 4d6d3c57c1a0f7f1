using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>
/// What `tax check` gives to programs, byte for byte: files of every kind of defect against the texts in <c>Golden</c>. <c>ILAB_UPDATE_BASELINE=1</c> writes
/// them anew.
/// </summary>
[Trait("Category", "SameForEveryUser")]
public sealed class TaxonomyReportTests(TaxonomyService service) : IClassFixture<TaxonomyService>, IDisposable
{
    private static readonly string Golden = Path.Combine(TestPaths.Repository, "tests", "Ilab.Integration.Tests", "Golden");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab-golden-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("text", "tax-check.txt")]
    [InlineData("github", "tax-check.github")]
    [InlineData("json", "tax-check.json")]
    [InlineData("sarif", "tax-check.sarif")]
    public async Task AReportIsTheOneThatWasCheckedIn(string format, string file)
    {
        var text = await ReportAsync(format);
        var path = Path.Combine(Golden, file);
        if (Environment.GetEnvironmentVariable("ILAB_UPDATE_BASELINE") == "1")
        {
            Directory.CreateDirectory(Golden);
            await File.WriteAllTextAsync(path, text);
        }

        Assert.Equal(await File.ReadAllTextAsync(path), text);
    }

    /// <summary>Required keys, kinds and values of SARIF 2.1.0, and no keys that it does not have.</summary>
    [Fact]
    public async Task TheSarifReportIsAsItsSchemaWants()
    {
        using var document = JsonDocument.Parse(await ReportAsync("sarif"));
        var log = document.RootElement;
        Keys(log, ["version", "runs"], ["$schema"]);
        Assert.Equal("2.1.0", log.GetProperty("version").GetString());
        var run = Assert.Single(log.GetProperty("runs").EnumerateArray());
        Keys(run, ["tool", "results"], ["columnKind"]);
        Assert.Contains(run.GetProperty("columnKind").GetString(), new[] { "utf16CodeUnits", "unicodeCodePoints" });
        Keys(run.GetProperty("tool"), ["driver"], []);
        var driver = run.GetProperty("tool").GetProperty("driver");
        Keys(driver, ["name", "rules"], ["version"]);
        var rules = driver.GetProperty("rules").EnumerateArray().Select(static rule => rule.GetProperty("id").GetString()).ToList();
        Assert.Equal(rules.Count, rules.Distinct().Count());
        Assert.NotEmpty(run.GetProperty("results").EnumerateArray());
        foreach (var result in run.GetProperty("results").EnumerateArray())
        {
            Keys(result, ["ruleId", "level", "message", "locations"], []);
            Assert.Contains(result.GetProperty("ruleId").GetString(), rules);
            Assert.Contains(result.GetProperty("level").GetString(), new[] { "none", "note", "warning", "error" });
            Assert.NotEqual("", result.GetProperty("message").GetProperty("text").GetString());
            var place = Assert.Single(result.GetProperty("locations").EnumerateArray()).GetProperty("physicalLocation");
            Keys(place, ["artifactLocation", "region"], []);
            Assert.True(Uri.TryCreate(place.GetProperty("artifactLocation").GetProperty("uri").GetString(), UriKind.Absolute, out var uri) && uri.IsFile);
            Assert.StartsWith("/taxonomy/", uri.LocalPath, StringComparison.Ordinal);
            Keys(place.GetProperty("region"), ["startLine", "startColumn"], []);
            Assert.True(
                place.GetProperty("region").GetProperty("startLine").GetInt32() >= 1 && place.GetProperty("region").GetProperty("startColumn").GetInt32() >= 1
            );
        }
    }

    private static void Keys(JsonElement element, string[] required, string[] optional)
    {
        var keys = element.EnumerateObject().Select(static property => property.Name).ToList();
        Assert.Empty(required.Except(keys));
        Assert.Empty(keys.Except(required).Except(optional));
    }

    private async Task<string> ReportAsync(string format)
    {
        const string Seeds =
            "  - question: What is 1?\n    answer: It is 1.\n  - question: What is 2?\n    answer: It is 2.\n  - question: What is 3?\n    answer: It is 3.\n  - question: What is 4?\n    answer: It is 4.\n  - question: What is 5?\n    answer: It is 5.\n";
        const string Head = "version: 3\ncreated_by: ada\ntask_description: d\nseed_examples:\n";
        Write("compositional_skills/good/qna.yaml", Head + Seeds);
        Write("compositional_skills/good/attribution.txt", "Title of work: t\nLink to work: -\nLicense of the work: MIT\nCreator names: ada\n");
        Write(
            "compositional_skills/100% odd, ümlaut:/qna.yaml",
            Head.Replace("created_by: ada", "created_by: 7\nodd: key", StringComparison.Ordinal)
                + Seeds.Replace("It is 2.\n", "It is 2. \n", StringComparison.Ordinal)
                + "  - {question: q, question: q}\n"
        );
        Write("compositional_skills/few/qna.yaml", Head + "  - question: 日本語 \n    answer: ''\n");
        Write("knowledge/old/qna.yaml", "version: 2\n");
        Write("knowledge/broken/qna.yaml", "version: 3\ncreated_by: [ada\n");
        Write("knowledge/bytes/qna.yaml", "version: 3\ncreated_by: \u0001\n");
        var said = (await service.Ilab.RunAsync("tax", "check", _folder.FullName, "--format", format)).Expect(1);
        var version = (await service.Ilab.RunAsync("version", "--format", "{{.Client.Version}}")).Expect(0).Output.Trim();
        return said
            .Output.Replace(_folder.FullName, "/taxonomy", StringComparison.Ordinal)
            .Replace($"\"version\": \"{version}\"", "\"version\": \"ours\"", StringComparison.Ordinal);
    }

    private void Write(string path, string text)
    {
        var full = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
