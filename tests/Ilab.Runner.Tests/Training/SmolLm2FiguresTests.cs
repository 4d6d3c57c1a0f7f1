using System.Text.Json;
using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Loading;
using Ilab.Runner.Tests.Conversion;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Testing;
using Xunit.Abstractions;

namespace Ilab.Runner.Tests.Training;

/// <summary>A real model against figures of its weights in single precision: what comes next, and what answers cost before anything is learned.</summary>
[Collection(NativeCompute.Name)]
public sealed class SmolLm2FiguresTests(ITestOutputHelper output)
{
    /// <summary>The engine rounds activations to eight bits.</summary>
    private const double MostDivergence = 0.02;

    /// <summary>Some of them, for the time that they take.</summary>
    private const int Longest = 100,
        Records = 3;

    private static string? File =>
        TestPaths.Shared is { } shared && System.IO.File.Exists(Path.Combine(shared, "models", "SmolLM2-135M-Instruct.Q4_1.gguf"))
            ? Path.Combine(shared, "models", "SmolLM2-135M-Instruct.Q4_1.gguf")
            : null;

    [SkippableFact]
    public void WhatComesNextIsWhatTheReferenceSays()
    {
        Skip.If(File is null, "no ../shared: logits of SmolLM2 are not compared");
        using var prompts = Read("logits.json");
        foreach (var prompt in prompts.RootElement.EnumerateArray().Where(static prompt => prompt.GetProperty("ids").GetArrayLength() < Longest))
        {
            var logits = NativeLogits.Greedy(File!, Ints(prompt.GetProperty("ids")), 0, cells: 1024)[0];
            var most = logits.Max();
            var total = Math.Log(logits.Sum(value => Math.Exp(value - most))) + most;
            var top = prompt.GetProperty("top50").EnumerateArray().Select(static entry => (Id: entry[0].GetInt32(), Log: entry[3].GetDouble())).ToArray();
            var divergence = top.Sum(entry => Math.Exp(entry.Log) * (entry.Log - (logits[entry.Id] - total)));

            output.WriteLine($"{prompt.GetProperty("ids").GetArrayLength()} tokens: divergence {divergence:G2}");
            Assert.InRange(divergence, -MostDivergence, MostDivergence);
            Assert.Equal(top[0].Id, NativeLogits.Best(logits));
        }
    }

    [SkippableFact]
    public void TheFirstLossOfTrainingIsThatOfTheReference()
    {
        Skip.If(File is null, "no ../shared: the first loss of SmolLM2 is not compared");
        NativeLibraries.Load(TestPaths.NativeLibraries);
        NativeLog.SendTo(static (_, _) => { });
        using var reference = Read("training.json");
        using var model = TrainingModel.WithAdapters(GgmlBackend.Open(2), [File!], new LoraOptions(2, 4, ["attn_q"]), asFloat: true);
        foreach (var record in reference.RootElement.GetProperty("records").EnumerateArray().Take(Records))
        {
            var (ids, first) = (Ints(record.GetProperty("ids")), record.GetProperty("first_label").GetInt32());
            int[] rows = [.. Enumerable.Range(first - 1, ids.Length - first)];
            var batch = new TrainingBatch
            {
                Shape = new BatchShape(ids.Length, 1, rows.Length),
                Tokens = ids,
                Segments = [.. Enumerable.Repeat(1, ids.Length)],
                Rows = rows,
                Targets = ids[first..],
                Learned = rows.Length,
                Used = ids.Length,
            };
            using var memory = new GgmlGraphMemory(model.Backend);
            using var graph = new TrainingGraph(model, batch.Shape, memory, forwardOnly: true);
            var (loss, expected) = (graph.Compute(batch, 1), record.GetProperty("nll_answer").GetDouble());

            output.WriteLine($"{ids.Length} tokens: loss {loss:0.0000}, the reference has {expected:0.0000}");
            Assert.InRange(loss, expected - (2e-3 * expected), expected + (2e-3 * expected));
        }
    }

    private static JsonDocument Read(string name) =>
        JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(TestPaths.Shared!, "reference", "smollm2", name)));

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(static item => item.GetInt32())];
}
