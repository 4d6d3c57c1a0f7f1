using System.Text.Json;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>The main job, as a user does it: real client, service and runner.</summary>
public sealed class FirstLightTests(ServedModel served) : IClassFixture<ServedModel>
{
    private IlabInstallation Ilab => served.Ilab;

    [Fact]
    public async Task TheModelIsListedInspectedAndThere()
    {
        Assert.Contains("tiny:latest", (await Ilab.RunAsync("model", "ls")).Expect(0).Output, StringComparison.Ordinal);
        var inspected = JsonDocument.Parse((await Ilab.RunAsync("model", "inspect", "tiny")).Expect(0).Output).RootElement;
        Assert.Equal("llama", inspected[0].GetProperty("Architecture").GetString());
        (await Ilab.RunAsync("model", "exists", "tiny")).Expect(0);
        (await Ilab.RunAsync("model", "exists", "nope")).Expect(1);
    }

    [Fact]
    public async Task TheSameSeedGivesTheSameText()
    {
        string[] command = ["model", "inference", "--model-name", "tiny", "--prompt", "abc", "--max-length", "40", "--seed", "7"];
        var first = (await Ilab.RunAsync(command)).Expect(0).Output;
        Assert.Equal(first, (await Ilab.RunAsync(command)).Expect(0).Output);
        Assert.NotEqual(first, (await Ilab.RunAsync([.. command[..^1], "8"])).Expect(0).Output);
    }

    [Fact]
    public async Task ClientsAtOnceGetWhatEachGetsAlone()
    {
        var file = Path.Combine(Ilab.Root, "counting.gguf");
        RandomLlama.Write(file, new LlamaShape(64, 128, 2, 2, 512, 512, Counts: true), "counting");
        (await Ilab.RunAsync("model", "import", file, "--name", "counting")).Expect(0);
        string[] Command(string prompt) => ["model", "inference", "--model-name", "counting", "--prompt", prompt, "--max-length", "60", "--temperature", "0"];
        string[] prompts = ["a", "b", "c"];
        var alone = new List<string>();
        foreach (var prompt in prompts)
        {
            alone.Add((await Ilab.RunAsync(Command(prompt))).Expect(0).Output);
        }

        Assert.Equal(prompts.Length, alone.Distinct().Count());
        var together = await Task.WhenAll(prompts.Select(prompt => Ilab.RunAsync(Command(prompt))));
        Assert.Equal(alone, together.Select(static result => result.Expect(0).Output));
    }

    [Fact]
    public async Task StandardInputInteractiveAndCheckpointWork()
    {
        string[] greedy = ["--max-length", "20", "--temperature", "0"];
        var named = (await Ilab.RunAsync(["model", "inference", "--model-name", "tiny", "--prompt", "abc", .. greedy])).Expect(0).Output;
        Assert.Equal(named, (await Ilab.RunWithAsync("abc", [], ["model", "inference", "--model-name", "tiny", .. greedy])).Expect(0).Output);
        Assert.Equal(named, (await Ilab.RunAsync(["model", "inference", "--checkpoint", served.File, "--prompt", "abc", .. greedy])).Expect(0).Output);
        Assert.Contains(
            named.TrimEnd('\n'),
            (await Ilab.RunWithAsync("abc\n", [], ["model", "inference", "--model-name", "tiny", "-i", .. greedy])).Expect(0).Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task TagCopyAndRemoveKeepTheBytesUntilTheLastNameGoes()
    {
        (await Ilab.RunAsync("model", "tag", "tiny", "team/other:v1")).Expect(0);
        (await Ilab.RunAsync("model", "cp", "tiny", "third")).Expect(0);
        (await Ilab.RunAsync("model", "rm", "third")).Expect(0);
        (await Ilab.RunAsync("model", "exists", "team/other:v1")).Expect(0);
        Assert.Contains("team/other:v1", (await Ilab.RunAsync("model", "rm", "team/other:v1")).Expect(0).Output, StringComparison.Ordinal);
        (await Ilab.RunAsync("model", "exists", "tiny")).Expect(0);
    }

    [SkippableFact]
    public async Task ARealModelTellsOfALittleGirlNamedLily()
    {
        Skip.If(TestPaths.Stories is null, "needs stories260K.gguf in ../shared/models");
        (await Ilab.RunAsync("model", "import", TestPaths.Stories!, "--name", "stories260k")).Expect(0);
        var story = (
            await Ilab.RunAsync("model", "inference", "--model-name", "stories260k", "--prompt", "Once upon a time", "--temperature", "0", "--max-length", "60")
        )
            .Expect(0)
            .Output;
        Assert.StartsWith(", there was a little girl named Lily. She loved to play outside in the park.", story, StringComparison.Ordinal);
    }
}
