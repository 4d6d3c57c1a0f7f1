using System.Text.Json;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>A service elsewhere that goes away in the middle of a generation: it is waited for, what was made stays, and it is gone on with.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class SynthesisFailureTests(TaxonomyService service) : IClassFixture<TaxonomyService>, IAsyncLifetime
{
    private const int Samples = 12;
    private const int MostCalls = 15; // three for each of five seeds
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab-fail-");
    private ScriptedTeacher _teacher = null!;
    private string _expected = "";

    private IlabInstallation Ilab => service.Ilab;

    public async Task InitializeAsync()
    {
        _teacher = await ScriptedTeacher.StartAsync();
        var seeds = Enumerable.Range(0, 5).Select(static i => $"  - question: What is {i}?\n    answer: It is {i}.\n");
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "qna.yaml"),
            $"version: 3\ncreated_by: ada\ntask_description: d\nseed_examples:\n{string.Concat(seeds)}"
        );
        (await Ilab.RunAsync(Generate("unbroken"))).Expect(0);
        _expected = await DigestAsync("unbroken");
    }

    public async Task DisposeAsync()
    {
        await _teacher.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task ATeacherThatComesBackIsWaitedFor()
    {
        var held = HoldAfter(4);
        using var client = Ilab.Start([], Generate("waited"));
        await held.WaitAsync(Patience);
        await _teacher.GoAsync();
        Assert.Contains("big does not respond (", await LineAsync(client.StandardError, "does not respond"), StringComparison.Ordinal);
        Release();
        await _teacher.ComeBackAsync();
        await LineAsync(client.StandardError, "big responds again after ");
        await client.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal((0, "waited:latest\n"), (client.ExitCode, await client.StandardOutput.ReadToEndAsync()));
        Assert.Equal(_expected, await DigestAsync("waited"));
    }

    [Fact]
    public async Task OneThatStaysAwayLeavesAPartThatIsOfUseAndGoneOnWith()
    {
        var held = HoldAfter(7);
        using var client = Ilab.Start([], [.. Generate("left"), "--teacher-patience", "1", "--teacher-timeout", "1"]);
        await held.WaitAsync(Patience); // from now on it is silent: a timeout after the other
        var error = await client.StandardError.ReadToEndAsync().WaitAsync(Patience);
        await client.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(1, client.ExitCode);
        Assert.Contains("Error: big has not responded for ", error, StringComparison.Ordinal);
        Assert.Contains("no answer within 1 s", error, StringComparison.Ordinal);
        var job = JsonDocument.Parse((await Ilab.RunAsync("job", "ls", "--all", "--filter", "status=failed", "--format", "json")).Expect(0).Output).RootElement[
            0
        ];
        var (id, part) = (job.GetProperty("ID").GetString()!, $"left:partial-{job.GetProperty("ID").GetString()![..12]}");
        Assert.Contains(part, error, StringComparison.Ordinal);
        (await Ilab.RunAsync("data", "mix", part, "--name", "of-the-part", "--replace")).Expect(0);
        Assert.InRange(int.Parse((await Ilab.RunAsync("data", "inspect", "of-the-part", "--format", "{{.Samples}}")).Expect(0).Output, null), 1, Samples - 1);

        Release();
        var before = _teacher.Answered;
        (await Ilab.RunAsync([.. Generate("left"), "--continue", id])).Expect(0);
        Assert.Equal(_expected, await DigestAsync("left"));
        Assert.InRange(_teacher.Answered - before, 1, MostCalls - 7);
    }

    [Fact]
    public async Task EverythingThatCanBeWrongWithAnAnswerIsGotOver()
    {
        _teacher.Answer(429, "", ("Retry-After", "1"));
        _teacher.Answer(500, "oops");
        _teacher.Answer(200, "{\"choices\":[{\"message\":{\"con");
        _teacher.Answer(200, "{\"choices\":[{\"message\":{\"content\":\"\"}}]}");
        (await Ilab.RunAsync(Generate("mended"))).Expect(0);
        Assert.Equal(Samples, int.Parse((await Ilab.RunAsync("data", "inspect", "mended", "--format", "{{.Samples}}")).Expect(0).Output, null));

        // All refused: nothing to keep, and it says why.
        _teacher.Script = static (_, _) => "I cannot help with that.";
        var refused = (await Ilab.RunAsync(Generate("refused"))).Expect(1);
        Assert.Contains("Error: no samples generated: make_pair: the answer does not match the expected format", refused.Error, StringComparison.Ordinal);
        Assert.Equal(127, (await Ilab.RunAsync("data", "inspect", "refused")).ExitCode);
    }

    private string[] Generate(string name) =>
        [
            "data",
            "generate",
            "--skill",
            Path.Combine(_folder.FullName, "qna.yaml"),
            "--teacher",
            "big",
            "--teacher-url",
            _teacher.Address.ToString(),
            "--num-samples",
            $"{Samples}",
            "--concurrency",
            "2",
            "--batch-size",
            "1",
            "--name",
            name,
            "--replace",
        ];

    private async Task<string> DigestAsync(string name) => (await Ilab.RunAsync("data", "inspect", name, "--format", "{{.Digest}}")).Expect(0).Output;

    /// <summary>After so many answers it says nothing any more; completes when that is so.</summary>
    private Task HoldAfter(int answers)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var last = _teacher.Answered + answers;
        _teacher.BeforeAnswer = answered =>
        {
            if (answered < last)
            {
                return Task.CompletedTask;
            }

            reached.TrySetResult();
            return Task.Delay(Timeout.Infinite);
        };
        return reached.Task;
    }

    private void Release() => _teacher.BeforeAnswer = static _ => Task.CompletedTask;

    private static async Task<string> LineAsync(StreamReader reader, string part)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (await reader.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.Contains(part, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"it ended without saying \"{part}\"");
    }
}
