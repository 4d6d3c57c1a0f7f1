using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>From a Hugging Face folder to a smaller model and back, with the real programs.</summary>
public sealed class ConversionTests : IAsyncLifetime
{
    private readonly IlabInstallation _ilab = new();
    private readonly GgmlLock _compute = new();

    public Task InitializeAsync() => _ilab.StartAsync();

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [Fact]
    public async Task AFolderBecomesAModelThatIsQuantizedMeasuredAndGivenBack()
    {
        var source = Path.Combine(_ilab.Root, "tiny-hf");
        new TinyModel(new TinyModelShape()).Write(source, shards: 2);
        Assert.Equal("tiny:hf\n", (await _ilab.RunAsync("model", "convert", source, "--name", "tiny:hf")).Expect(0).Output);
        Assert.Contains($"convert:{source}", (await _ilab.RunAsync("model", "inspect", "tiny:hf")).Expect(0).Output, StringComparison.Ordinal);

        var text = Path.Combine(_ilab.Root, "text.txt");
        await File.WriteAllTextAsync(text, string.Concat(Enumerable.Repeat("the cat at the hat, ", 40)));
        var quantized = (await _ilab.RunAsync("model", "quantize", "tiny:hf", "--type", "q8_0", "--evaluate", text, "--evaluate-context", "32")).Expect(0);
        Assert.Equal("tiny:q8_0\n", quantized.Output);
        Assert.Contains("F32 -> ", quantized.Error, StringComparison.Ordinal);
        Assert.Contains("perplexity", quantized.Error, StringComparison.Ordinal);
        (await _ilab.RunAsync("model", "inference", "--model-name", "tiny:q8_0", "--prompt", "the cat", "--max-length", "4")).Expect(0);

        var back = Path.Combine(_ilab.Root, "back");
        (await _ilab.RunAsync("model", "convert", "tiny:hf", "--to", "safetensors", "--output", back)).Expect(0);
        Assert.True(File.Exists(Path.Combine(back, "model.safetensors")) && File.Exists(Path.Combine(back, "tokenizer.model")));
        Assert.Contains(
            "not empty",
            (await _ilab.RunAsync("model", "convert", "tiny:hf", "--to", "safetensors", "--output", back)).Expect(1).Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task WhatCannotBeDoneIsSaidBeforeAJobStarts()
    {
        var source = Path.Combine(_ilab.Root, "tiny-hf");
        new TinyModel(new TinyModelShape()).Write(source);
        Assert.Contains(
            "importance matrix",
            (await RefusedAsync(2, "quantize", await ConvertedAsync(source), "--type", "IQ1_S")).Error,
            StringComparison.Ordinal
        );
        Assert.Contains("supported types: F32", (await RefusedAsync(2, "quantize", "tiny-hf", "--type", "Q9")).Error, StringComparison.Ordinal);
        Assert.Contains("no such file or directory", (await RefusedAsync(127, "convert", "./nowhere")).Error, StringComparison.Ordinal);
        Assert.Contains("--output", (await RefusedAsync(2, "convert", "tiny-hf", "--to", "safetensors")).Error, StringComparison.Ordinal);
        Assert.Empty((await _ilab.RunAsync("job", "ls", "--all", "--filter", "status=failed", "-q")).Expect(0).Output);
    }

    private async Task<string> ConvertedAsync(string source) => (await _ilab.RunAsync("model", "convert", source)).Expect(0).Output.Trim();

    private async Task<CommandResult> RefusedAsync(int code, params string[] command) => (await _ilab.RunAsync(["model", .. command])).Expect(code);
}
