using Ilab.Runner.Contract.V1;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Inference.PromptCache;

/// <summary>A prompt that a model has read is not computed again when the model is loaded again, and its answer is the same.</summary>
[Collection(NativeCompute.Name)]
public sealed class ReloadedPromptTests : IDisposable
{
    private const int Context = 1024;
    private static readonly string Text = string.Concat(Enumerable.Range(0, 400).Select(static index => (char)('a' + (index * index % 26))));

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("ilab prompts ");

    [Fact]
    public async Task AfterUnloading()
    {
        var first = await AskOnceAsync(Text + "one");
        var second = await AskOnceAsync(Text + "two");
        var again = await AskOnceAsync(Text + "one");

        Assert.Equal(0U, first.Finished.CachedPromptTokens);
        Assert.InRange(second.Finished.CachedPromptTokens, (uint)Text.Length, second.Finished.PromptTokens - 1);
        Assert.InRange(again.Finished.CachedPromptTokens, (uint)Text.Length, again.Finished.PromptTokens - 1);
        Assert.Equal(first.Text, again.Text);
    }

    [Fact]
    public async Task AfterAKillIfTheModelHadNothingToDoForAWhile()
    {
        using var model = Load();
        var first = await model.AskAsync(Request(model, Text));
        var patience = DateTime.UtcNow.AddMinutes(1);
        while (Directory.GetFiles(_root.FullName, "*.prompt", SearchOption.AllDirectories).Length == 0)
        {
            Assert.True(DateTime.UtcNow < patience, "nothing was written");
            await Task.Delay(50);
        }

        using var other = Load(); // the first one still runs, as if it had been killed
        var second = await other.AskAsync(Request(other, Text));

        Assert.Equal(first.Text, second.Text);
        Assert.Equal(second.Finished.PromptTokens - 1, second.Finished.CachedPromptTokens);
    }

    [Fact]
    public async Task AShortPromptIsNotWritten()
    {
        await AskOnceAsync("once upon a time");

        Assert.Empty(Directory.GetFiles(_root.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task ADamagedFileIsComputedAgain()
    {
        var first = await AskOnceAsync(Text);
        var file = Assert.Single(Directory.GetFiles(_root.FullName, "*.prompt", SearchOption.AllDirectories));
        var bytes = File.ReadAllBytes(file);
        bytes[^1000] ^= 1;
        File.WriteAllBytes(file, bytes);
        var second = await AskOnceAsync(Text);

        Assert.Equal(0U, second.Finished.CachedPromptTokens);
        Assert.Equal(first.Text, second.Text);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private async Task<Answer> AskOnceAsync(string prompt)
    {
        using var model = Load();
        return await model.AskAsync(Request(model, prompt));
    }

    private static Submit Request(HostedModel model, string prompt)
    {
        var request = model.Request(prompt, 20);
        request.Fresh = false;
        return request;
    }

    private HostedModel Load() =>
        new(
            static file => RandomLlama.Write(file, LlamaShape.Talkative with { ContextLength = Context }, "tiny"),
            spec => spec with { ContextLength = Context, Prompts = Path.Combine(_root.FullName, "model"), PromptBytes = 1 << 30 }
        );
}
