using Ilab.Gguf;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>Models that cannot write text are refused wherever they are asked to, before anything is loaded.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class EncoderTests : IAsyncLifetime
{
    private readonly IlabInstallation _ilab = new();

    public Task InitializeAsync() => _ilab.StartAsync();

    public async Task DisposeAsync() => await _ilab.DisposeAsync();

    [Theory]
    [InlineData("bert", "encoder")]
    [InlineData("qwen3", "embedding model")]
    [InlineData("llama", "adapter")]
    public async Task EveryVerbRefusesItInOneLine(string architecture, string purpose)
    {
        await ImportAsync(architecture, purpose);
        var questions = Path.Combine(_ilab.Root, "qna.yaml");
        await File.WriteAllTextAsync(
            questions,
            "version: 3\ncreated_by: ada\ntask_description: d\nseed_examples:\n"
                + string.Concat(Enumerable.Range(0, 5).Select(static i => $"  - question: q{i}\n    answer: a{i}\n"))
        );
        var data = Path.Combine(_ilab.Root, "data.jsonl");
        await File.WriteAllTextAsync(data, """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""");
        string[][] verbs =
        [
            ["model", "run", "enc", "hello", "--max-length", "3"],
            ["model", "chat", "enc"],
            ["model", "inference", "--model-name", "enc", "--prompt", "hello"],
            ["model", "inference", "--checkpoint", Path.Combine(_ilab.Root, "enc.gguf"), "--prompt", "hello"],
            ["model", "load", "enc"],
            ["data", "generate", "--skill", questions, "--teacher", "enc", "--name", "lesson"],
            ["model", "train", "enc", "--data", data, "--tag", "taught"],
        ];
        foreach (var verb in verbs)
        {
            var result = (await _ilab.RunAsync(verb)).Expect(126);
            Assert.Equal("", result.Output);
            Assert.Contains($" {purpose}", result.Error, StringComparison.Ordinal);
            Assert.Equal(1, result.Error.Count(static character => character == '\n'));
        }

        Assert.Equal("[]", (await _ilab.RunAsync("model", "ps", "--format", "json")).Expect(0).Output.Trim());
        Assert.Empty((await _ilab.RunAsync("job", "ls", "--all", "-q")).Expect(0).Output);
    }

    [Fact]
    public async Task ItIsStoredAndShownForWhatItIs()
    {
        Assert.Contains("Warning: the model is an encoder", (await ImportAsync("bert", "encoder")).Error, StringComparison.Ordinal);
        Assert.Equal("[\"embedding\"]", (await _ilab.RunAsync("model", "inspect", "enc", "--format", "{{.Capabilities}}")).Expect(0).Output.Trim());
    }

    private async Task<CommandResult> ImportAsync(string architecture, string purpose)
    {
        var writer = new GgufWriter()
            .Add("general.architecture", architecture)
            .Add("general.type", purpose == "adapter" ? "adapter" : "model")
            .Add($"{architecture}.pooling_type", purpose == "embedding model" ? 3u : 0u)
            .AddTensor("token_embd.weight", GgmlType.F32, [32, 1], static stream => stream.Write(new byte[128]));
        var path = Path.Combine(_ilab.Root, "enc.gguf");
        await using (var file = File.Create(path))
        {
            writer.Write(file);
        }

        return (await _ilab.RunAsync("model", "import", path, "--name", "enc")).Expect(0);
    }
}
