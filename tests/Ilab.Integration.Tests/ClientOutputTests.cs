using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>What scripts rely on: JSON with known keys, templates, plain text without a terminal, quiet ends.</summary>
public sealed class ClientOutputTests(ServedModel served) : IClassFixture<ServedModel>
{
    private IlabInstallation Ilab => served.Ilab;

    [Theory]
    [InlineData("Name ID Digest Size Quantization Parameters Created Labels Loaded", "model", "ls")]
    [InlineData("ID Kind Title Status Created Result Error", "job", "ls", "--all")]
    [InlineData("Name ID Digest State Memory Device ContextLength Pid", "model", "ps")]
    [InlineData("Type Total Active Size Reclaimable", "system", "df")]
    [InlineData("Name Url Default", "system", "connection", "ls")]
    public async Task EveryListingIsAJsonArrayWithItsKeys(string keys, params string[] command)
    {
        (await Ilab.RunAsync("model", "load", "tiny")).Expect(0);
        (await Ilab.RunAsync("system", "connection", "add", "--replace", "other", "tcp://localhost:1")).Expect(0);
        var rows = JsonDocument.Parse((await Ilab.RunAsync([.. command, "--format", "json"])).Expect(0).Output).RootElement;
        Assert.Equal(JsonValueKind.Array, rows.ValueKind);
        foreach (var row in rows.EnumerateArray())
        {
            Assert.Empty(keys.Split(' ').Except(row.EnumerateObject().Select(static property => property.Name)));
        }
    }

    [Fact]
    public async Task ATemplateGivesARowPerModelAndAnUnknownFieldIsOneLine()
    {
        Assert.Equal("tiny:latest\n", (await Ilab.RunAsync("model", "ls", "--format", "{{.Name}}")).Expect(0).Output);
        Assert.Equal("NAME\ntiny:latest\n", (await Ilab.RunAsync("model", "ls", "--format", "table {{.Name}}")).Expect(0).Output);
        var wrong = await Ilab.RunAsync("model", "ls", "--format", "{{.Nmae}}");
        Assert.Equal(2, wrong.ExitCode);
        Assert.Single(wrong.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task OutputThatNobodyReadsEndsQuietly()
    {
        using var process = Ilab.Start([], "system", "events", "--since", "1h");
        await process.StandardOutput.ReadLineAsync();
        process.StandardOutput.Close();
        process.StandardInput.Close();
        (await Ilab.RunAsync("model", "tag", "tiny", "noise:1")).Expect(0);
        (await Ilab.RunAsync("model", "rm", "noise:1")).Expect(0);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var error = await process.StandardError.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal((0, ""), (process.ExitCode, error));
    }

    [Fact]
    public async Task NothingButTextIsWrittenToAPipe()
    {
        (string, string?)[] environment = [("COLUMNS", "20"), ("NO_COLOR", null), ("TERM", "xterm")];
        var listed = (await Ilab.RunWithAsync("", environment, "model", "ls")).Expect(0);
        var said = (await Ilab.RunWithAsync("", environment, "model", "run", "tiny", "abc", "--max-length", "5")).Expect(0).Error;
        Assert.DoesNotContain('\u001b', listed.Output + listed.Error + said);
    }

    [Fact]
    public async Task TheReferenceIsWhatTheProgramSays()
    {
        var reference = await File.ReadAllTextAsync(Path.Combine(TestPaths.Repository, "docs", "cli.md"));
        Assert.Equal(reference, (await Ilab.RunAsync("__docs")).Expect(0).Output);
    }

    [SkippableFact]
    public async Task TheInstalledClientIsSmallAndTalksToTheService()
    {
        var installed = Path.Combine(TestPaths.Repository, "artifacts", "dist", "bin", "ilab");
        Skip.IfNot(File.Exists(installed), "no artifacts/dist/bin/ilab: packaging/build.sh makes it");
        Assert.InRange(new FileInfo(installed).Length, 1, 12_000_000);
        await using var own = new IlabInstallation { Client = installed };
        await own.StartAsync();
        (await own.RunAsync("model", "import", served.File, "--name", "tiny")).Expect(0);
        Assert.Equal("tiny:latest\n", (await own.RunAsync("model", "ls", "-q")).Expect(0).Output);
        string[] command = ["model", "inference", "--model-name", "tiny", "--prompt", "abc", "--max-length", "20", "--temperature", "0"];
        Assert.Equal((await Ilab.RunAsync(command)).Expect(0).Output, (await own.RunAsync(command)).Expect(0).Output);
    }
}
