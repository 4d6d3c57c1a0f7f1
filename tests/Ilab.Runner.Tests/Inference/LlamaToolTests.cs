using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ilab.Runner.Contract.V1;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Inference;

/// <summary>
/// Embeddings and scores are those of llama.cpp's own tool: <c>ILAB_TEST_LLAMA_EMBEDDING</c> names a <c>llama-embedding</c> of the pinned version. It is
/// held to its own exactness: its two kinds of attention differ by up to 0.012 for quantized weights, and encoders' GELU comes from a table of halves there.
/// </summary>
[Collection(NativeCompute.Name)]
public sealed class LlamaToolTests
{
    private const string Setting = "ILAB_TEST_LLAMA_EMBEDDING";
    private const string Separator = "<#sep#>";
    private const double Tolerance = 1e-4,
        OfTable = 5e-4,
        OfTableInScores = 2e-3;
    private const int Tries = 5;

    private static readonly string? Tool = Environment.GetEnvironmentVariable(Setting);
    private static readonly string[] Texts = ["once upon a time", "a", "the boats of the fishermen lie on the sand, and the sea is far out", "abc d"];

    public static TheoryData<string, string> Models()
    {
        var data = new TheoryData<string, string>();
        foreach (var model in new[] { "random llama", "random bert", "bert", "SmolLM2" })
        {
            foreach (var pooling in new[] { "mean", "last", "first" })
            {
                data.Add(model, pooling);
            }
        }

        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public async Task Embeddings(string name, string pooling)
    {
        Skip.If(Tool is null, $"{Setting} is not set");
        using var model = Open(name);
        var request = new EmbedRequest { Pooling = pooling };
        request.Inputs.AddRange(Texts.Select(static text => new EmbedInput { Text = text }));
        var made = await model.Host.Embeddings.EmbedAsync(request, CancellationToken.None);
        Assert.Equal("", made!.Error);
        var kind = pooling == "first" ? "cls" : pooling;
        var expected = await RunAsync(model, kind, "2", Texts);
        var other = await RunAsync(model, kind, "2", Texts, "-fa", "off");
        var own = expected.Zip(other, static (one, two) => Largest(one, two)).Max();
        var tolerance = Math.Max(2 * own, name.Contains("bert", StringComparison.Ordinal) ? OfTable : Tolerance);
        Assert.Equal(expected.Count, made.Embeddings.Count);
        foreach (var (ours, theirs) in made.Embeddings.Zip(expected))
        {
            Assert.Equal(theirs.Length, ours.Values.Count);
            Assert.InRange(Largest(ours.Values, theirs), 0, tolerance);
        }
    }

    [SkippableFact]
    public async Task Scores()
    {
        Skip.If(Tool is null, $"{Setting} is not set");
        using var model = new HostedModel(static path => BertFile.Write(path, new BertShape(IsClassifier: true)), parallel: 1);
        var request = new EmbedRequest { Pooling = "rank", Raw = true };
        request.Inputs.AddRange(Texts.Select(static text => new EmbedInput { Text = "a boat", Document = text }));
        var made = await model.Host.Embeddings.EmbedAsync(request, CancellationToken.None);
        Assert.Equal("", made!.Error);
        var expected = await RunAsync(model, "rank", "-1", [.. Texts.Select(static text => "a boat\t" + text)]);
        Assert.All(made.Embeddings.Zip(expected), static pair => Assert.Equal(pair.Second[0], Assert.Single(pair.First.Values), OfTableInScores));
        Assert.True(made.Embeddings.Select(static one => one.Values[0]).Distinct().Count() > 1);
    }

    private static HostedModel Open(string name)
    {
        switch (name)
        {
            case "random llama":
                return new HostedModel();
            case "random bert":
                return new HostedModel(static path => BertFile.Write(path, new BertShape()), parallel: 1);
            case "bert":
                var folder = Path.Combine(TestPaths.Shared ?? "", "reference", "conversion", "bert");
                Skip.IfNot(Directory.Exists(folder), "no BERT beside the checkout");
                return new HostedModel(path => EncoderEmbeddingTests.Convert(folder, path), parallel: 1);
            default:
                var file = Path.Combine(TestPaths.Shared ?? "", "models", "SmolLM2-135M-Instruct.Q4_1.gguf");
                Skip.IfNot(File.Exists(file), "no SmolLM2 beside the checkout");
                return new HostedModel(path => File.CreateSymbolicLink(path, file), parallel: 1);
        }
    }

    private static float Largest(IEnumerable<float> one, IEnumerable<float> other) => one.Zip(other, static (a, b) => Math.Abs(a - b)).Max();

    /// <summary>The tool's last lines are lost now and then: it ends before what it says is written.</summary>
    private static async Task<IReadOnlyList<float[]>> RunAsync(HostedModel model, string pooling, string normalize, string[] texts, params string[] more)
    {
        for (var left = Tries; ; left--)
        {
            try
            {
                return await RunOnceAsync(model, pooling, normalize, texts, more);
            }
            catch (Exception exception) when (left > 0 && exception is JsonException or ArgumentOutOfRangeException)
            {
                // Asked once more.
            }
        }
    }

    private static async Task<IReadOnlyList<float[]>> RunOnceAsync(HostedModel model, string pooling, string normalize, string[] texts, string[] more)
    {
        string[] arguments =
        [
            .. new[] { "-m", model.Spec.Model.Files[0], "-p", string.Join(Separator, texts), "--embd-separator", Separator, "--pooling", pooling },
            .. new[] { "--embd-normalize", normalize, "--embd-output-format", "json", "-t", "1" },
            .. more,
        ];
        using var process = Process.Start(new ProcessStartInfo(Tool!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await error);
        var json = JsonNode.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..(output.LastIndexOf('}') + 1)])!;
        return [.. json["data"]!.AsArray().Select(static one => one!["embedding"]!.AsArray().Select(static value => (float)value!).ToArray())];
    }
}
