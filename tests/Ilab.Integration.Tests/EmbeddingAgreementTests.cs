using System.Text.Json;
using Ilab.Gguf;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>
/// With <c>--embeddings exact</c>, what the service says of a text is what llama.cpp says of it, with the accelerator on and for every type of weights: this
/// process asks the library itself, with nothing of ours between. Quantized weights are multiplied by activations of 8 bits, so that anything but the same
/// computation differs by a thousandth.
/// </summary>
[Trait("Category", "SameForEveryUser")]
public sealed class EmbeddingAgreementTests : IAsyncLifetime
{
    private const int Batch = 512,
        Sequences = 32;
    private const double Printed = 1e-6, // digits of the output
        Near = 0.03;

    private static readonly string[] Texts =
    [
        "once upon a time",
        "a",
        "the boats of the fishermen lie on the sand, and the sea is far out",
        "abc d",
        "nobody has been there since the end of the winter, when the last of them went away and left the door open",
    ];

    private readonly GgmlLock _compute = new();
    private readonly IlabInstallation _ilab = new();

    public Task InitializeAsync()
    {
        NativeLibraries.Load(TestPaths.NativeLibraries);
        NativeLog.SendTo(static (_, _) => { });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _ilab.DisposeAsync();
        _compute.Dispose();
    }

    [Theory]
    [InlineData("Q8_0")]
    [InlineData("Q4_K")]
    [InlineData("encoder")]
    public async Task TextsAloneAndTogether(string type)
    {
        using var model = await StartAsync(type, "exact");
        Compare(Expected(model, Texts), await EmbedAsync(Texts));
        Compare(Expected(model, [Texts[^1]]), await EmbedAsync(Texts[^1]));
    }

    /// <summary>Faster ones are near, and not the same: what is compared above depends on how it is computed.</summary>
    [SkippableFact]
    public async Task FastOnesAreNear()
    {
        using var model = await StartAsync("Q8_0", "fast");
        var name = (await _ilab.RunAsync("system", "info", "--format", "{{.Accelerator.Name}}")).Expect(0).Output.Trim();
        Skip.If(name.Length == 0, "there is no accelerator: nothing is faster than llama.cpp here");
        Assert.InRange(Expected(model, Texts).Zip(await EmbedAsync(Texts), Largest).Max(), Printed, Near);
    }

    private async Task<LlamaModel> StartAsync(string type, string embeddings)
    {
        var file = Path.Combine(_ilab.Root, "model.gguf");
        if (type == "encoder")
        {
            BertFile.Write(file, new BertShape(Embedding: 64, FeedForward: 128));
        }
        else
        {
            RandomLlama.Write(file, new LlamaShape(256, 512, 3, 4, 512), type, type: Enum.Parse<GgmlType>(type));
        }

        await _ilab.StartAsync("--threads", "2", "--embeddings", embeddings);
        (await _ilab.RunAsync("model", "import", file, "--name", "model")).Expect(0);
        return LlamaModel.Load([file], 0, static _ => true);
    }

    private static void Compare(IReadOnlyList<float[]> expected, IReadOnlyList<float[]> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.All(expected.Zip(actual), static pair => Assert.InRange(Largest(pair.First, pair.Second), 0, Printed));
    }

    private static double Largest(float[] one, float[] other)
    {
        Assert.Equal(one.Length, other.Length);
        return one.Zip(other, static (a, b) => Math.Abs((double)a - b)).Max();
    }

    private static IReadOnlyList<float[]> Expected(LlamaModel model, IReadOnlyList<string> texts)
    {
        using var context = LlamaContext.Create(
            model,
            new ContextOptions
            {
                Cells = Batch,
                Sequences = Sequences,
                BatchSize = Batch,
                MicroBatchSize = Batch,
                Threads = 1,
                Pooling = Pooling.Mean,
                FlashAttention = true,
            }
        );
        using var batch = new LlamaBatch(Batch);
        foreach (var (sequence, text) in texts.Index())
        {
            foreach (var (position, token) in model.Vocabulary.Tokenize(text, addSpecial: true, parseSpecial: false).Index())
            {
                batch.Add(token, position, sequence, logits: true);
            }
        }

        Assert.Equal(0, context.Embed(batch));
        return [.. texts.Index().Select(one => Normalized(context.EmbeddingOfSequence(one.Index)))];
    }

    private static float[] Normalized(ReadOnlySpan<float> values)
    {
        var length = 0.0;
        foreach (var value in values)
        {
            length += (double)value * value;
        }

        var normalized = values.ToArray();
        for (var index = 0; index < normalized.Length; index++)
        {
            normalized[index] = (float)(normalized[index] / Math.Sqrt(length));
        }

        return normalized;
    }

    private async Task<IReadOnlyList<float[]>> EmbedAsync(params string[] texts)
    {
        var output = (await _ilab.RunAsync(["model", "embed", "model", "--pooling", "mean", .. texts])).Expect(0).Output;
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonSerializer.Deserialize<float[]>(line)!)];
    }
}
