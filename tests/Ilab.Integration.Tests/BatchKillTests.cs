using System.Globalization;
using System.Text.Json.Nodes;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>
/// kill -9 of the service in the middle of a batch, and the results. <c>ILAB_TEST_KILLS</c> says how often (5), <c>ILAB_TEST_BATCH_LINES</c> of how many
/// lines (120).
/// </summary>
[Trait("Category", "SameForEveryUser")]
public sealed class BatchKillTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly int Kills = Number("ILAB_TEST_KILLS", 5);
    private static readonly int Lines = Number("ILAB_TEST_BATCH_LINES", 120);

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new();

    public async Task InitializeAsync()
    {
        var file = Path.Combine(_ilab.Root, "tiny.gguf");
        RandomLlama.Write(file, LlamaShape.Talkative with { ContextLength = 512 }, "tiny");
        await _ilab.StartAsync("--threads", "1", "--accelerator", "off");
        (await _ilab.RunAsync("model", "import", file, "--name", "tiny")).Expect(0);
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [Fact]
    public async Task KilledAtRandomMomentsEachLineIsThereOnce()
    {
        var (input, output) = (Path.Combine(_ilab.Root, "in.jsonl"), Path.Combine(_ilab.Root, "out.jsonl"));
        await File.WriteAllLinesAsync(
            input,
            Enumerable
                .Range(0, Lines)
                .Select(static number => number % 10 == 9 ? $$"""{"prompt":"{{number}}","model":"nope"}""" : $$"""{"prompt":"{{number}}"}""")
        );
        var job = (await _ilab.RunAsync("model", "inference", "--model-name", "tiny", "--input", input, "--max-length", "12", "--detach"))
            .Expect(0)
            .Output.Trim();
        var journal = Path.Combine(_ilab.Root, "store", "jobs", job, "results.jsonl");
        var random = new Random(14);

        // The first comes surely before the end; a later one may come after it, on a machine that is fast enough.
        foreach (var moment in Enumerable.Range(0, Kills).Select(kill => random.Next(kill == 0 ? Lines / 4 : Lines)).Order())
        {
            await ReachAsync(journal, moment);
            await _ilab.KillAsync();
            await _ilab.StartAsync("--threads", "1", "--accelerator", "off");
        }

        var followed = await _ilab.RunAsync("model", "inference", "--job", job, "--output", output);
        Assert.True(followed.ExitCode == 1, followed.Error); // some lines name a model that is not there
        Assert.Contains($"{Lines / 10} lines have errors", followed.Error, StringComparison.Ordinal);
        var results = (await File.ReadAllLinesAsync(output)).Select(static line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(Enumerable.Range(0, Lines).Select(static number => $"{number}"), results.Select(static line => (string)line["prompt"]!));
        foreach (var (number, result) in results.Index())
        {
            Assert.Equal(number % 10 == 9, result["error"] is not null);
            Assert.Equal(number % 10 != 9, result["completion"] is not null);
        }

        Assert.Equal(Lines, (await File.ReadAllLinesAsync(journal)).Length); // nothing was computed, or written, twice
    }

    [Fact]
    public async Task WhatIsWrongIsSaidBeforeAJobIsMade()
    {
        var refused = await _ilab.RunWithAsync("{\"prompt\":\"a\"}\n{\"x\":1}\nnonsense\n", [], "model", "inference", "-m", "tiny", "--input", "-");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("line 2: neither messages nor prompt; line 3: the line is not valid JSON", refused.Error, StringComparison.Ordinal);
        var answered = await _ilab.RunWithAsync("\"a\"\n", [], "model", "inference", "-m", "tiny", "--input", "-", "--max-length", "2");
        Assert.Equal("a", (string?)JsonNode.Parse(answered.Expect(0).Output)!["prompt"]);
    }

    private static async Task ReachAsync(string journal, int lines)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (Count(journal) < lines)
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    private static int Count(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Count(static letter => letter == '\n');
    }

    private static int Number(string name, int usual) => int.Parse(Environment.GetEnvironmentVariable(name) ?? $"{usual}", CultureInfo.InvariantCulture);
}
