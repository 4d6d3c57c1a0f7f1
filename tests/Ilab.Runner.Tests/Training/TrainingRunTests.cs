using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ilab.Gguf;
using Ilab.Native.Llama.Threads;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Inference;
using Ilab.Runner.Training;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Training;

/// <summary>A whole training: from a file of records to an adapter.</summary>
[Collection(NativeCompute.Name)]
public sealed class TrainingRunTests : IDisposable
{
    private readonly TestModel _model = new(new TransformerShape());

    [Fact]
    public void TheLossFallsAndEverythingIsTold()
    {
        Assert.True(Run(Spec("a")));

        var events = Events("a");
        Assert.Equal("data", events[0].Type);
        Assert.Contains("12 samples with messages", events[0].Text, StringComparison.Ordinal);
        Assert.Equal("plan", events[1].Type);
        var steps = events.Where(static entry => entry.Type == "step").ToArray();
        Assert.Equal(24, steps.Length);
        Assert.Equal(Enumerable.Range(1, 24), steps.Select(static step => step.StepNumber!.Value));
        Assert.True(steps[^1].Loss < steps[0].Loss * 0.8, $"from {steps[0].Loss} to {steps[^1].Loss}");
        Assert.All(steps, static step => Assert.True(step is { GradientNorm: > 0, TokensPerSecond: > 0, LearningRate: > 0 or 0 }));
        Assert.Equal("finished", events[^1].Type);
        Assert.Equal("lora", GgufFile.Read(Result("a")).GetString("adapter.type"));
    }

    [Fact]
    public void AResumedRunEndsLikeAnUnbrokenOne()
    {
        Run(Spec("whole"));
        var spec = Spec("broken");
        foreach (var after in new[] { 5, 9 })
        {
            Assert.False(RunUntil(spec, after));
        }

        Assert.True(Run(spec));
        Assert.Equal(Hash("whole"), Hash("broken"));
        Assert.Equal(Losses("whole"), Losses("broken"));
    }

    /// <summary>Weights, moments and losses, on one thread, on two, and on a number that changes from node to node.</summary>
    [Theory]
    [InlineData("lora", "off")]
    [InlineData("lora", "auto")]
    [InlineData("full", "off")]
    [InlineData("full", "auto")]
    public void TheResultDoesNotDependOnTheNumberOfThreads(string type, string accelerator)
    {
        var spec = Spec("one") with { Type = type, Steps = 6, CheckpointInterval = 3, Dropout = type == "lora" ? 0.1f : 0 };
        Run(spec, threads: 1, accelerator: accelerator);
        Run(spec with { Output = _model.At("two") }, threads: 2, accelerator: accelerator);
        var number = 0;
        ComputeThreads.Script = most => Math.Min(most, (number++ * 7 % 5 % 2) + 1);
        try
        {
            Run(spec with { Output = _model.At("changing") }, threads: 2, accelerator: accelerator);
        }
        finally
        {
            ComputeThreads.Script = null;
        }

        Assert.True(number > 2000, $"the number of threads changed within steps: asked {number} times");
        foreach (var other in new[] { "two", "changing" })
        {
            Assert.Equal(Losses("one"), Losses(other));
            Assert.Equal(Checkpoints("one"), Checkpoints(other));
        }
    }

    /// <summary>Earlier versions wrote the number of threads into a checkpoint's identity, because digits depended on it.</summary>
    [Fact]
    public void ACheckpointOfAnEarlierVersionIsTaken()
    {
        var spec = Spec("former");
        Assert.False(RunUntil(spec, 4));
        var run = new TrainingRun(TestModel.RunnerOf(_model.Path), spec, static _ => { });
        var data = run.ReadData(4096).Data;
        var file = Directory.GetFiles(Path.Combine(spec.Output, "checkpoints"), "*.gguf").Order(StringComparer.Ordinal).Last();
        var bytes = File.ReadAllBytes(file);
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(run.Identity(data)));
        Assert.True(at > 0, "the checkpoint says whose it is");
        Encoding.ASCII.GetBytes(run.Identity(data, "7"), bytes.AsSpan(at));
        File.WriteAllBytes(file, bytes);

        Assert.True(Run(spec));
        Assert.Contains(Events("former"), static entry => entry.Type == "resumed");
    }

    [Fact]
    public void ACheckpointOfOtherDataIsRefused()
    {
        var spec = Spec("other");
        Assert.False(RunUntil(spec, 4));
        File.AppendAllText(spec.Data, Record("more", "more") + "\n");

        var error = Assert.Throws<RunnerException>(() => Run(spec));
        Assert.Equal("INVALID_ARGUMENT", error.Kind);
        Assert.Contains("belongs to a run with different data", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALossThatIsNoNumberStopsAndSaysWhere()
    {
        var spec = Spec("nan") with { CheckpointInterval = 1, Epochs = 1 };
        File.AppendAllText(spec.Data, Record("What is broken?", "@") + "\n");
        BreakTheEmbeddingOf('@');
        var error = Assert.Throws<RunnerException>(() => Run(spec));

        Assert.Contains("the loss is not a number at step", error.Message, StringComparison.Ordinal);
        Assert.Matches("lines [0-9, ]*13[0-9, ]* of the data", error.Message);
        Assert.Equal(Events("nan").Count(static entry => entry.Type == "step") > 0, Directory.Exists(Path.Combine(spec.Output, "checkpoints")));
    }

    [Fact]
    public void EverythingThatIsWrongWithTheOptionsIsSaidAtOnce()
    {
        var error = Assert.Throws<RunnerException>(() => Run(Spec("wrong") with { Rank = 0, Schedule = "zigzag", EvaluationSplit = 0.9 }));
        Assert.Contains("rank 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("zigzag", error.Message, StringComparison.Ordinal);
        Assert.Contains("evaluation split", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AModuleThatNoLayerHasIsNamed()
    {
        var error = Assert.Throws<RunnerException>(() => Run(Spec("typo") with { TargetModules = ["attn_q", "atn_v"] }));
        Assert.Contains("no linear layers named atn_v; supported: attn_q or q_proj,", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RecordsAreCalledWhatTheyWereCalledWhereTheyCameFrom()
    {
        var spec = Spec("named") with { DataName = "facts.jsonl" };
        File.WriteAllText(spec.Data, "\n");
        Assert.StartsWith("facts.jsonl contains no records", Assert.Throws<RunnerException>(() => Run(spec)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AWholeModelIsTrainedAndLoads()
    {
        Run(Spec("full") with { Type = "full", LearningRate = 5e-3f });
        var result = Path.Combine(_model.At("full"), TrainingFiles.Model);
        var batch = TestModel.Batch(length: 8, sequences: 1, vocabulary: 288);

        Assert.True(Losses("full").Last() < Losses("full").First() * 0.8);
        Assert.True(TestModel.LargestDifference(TestModel.LlamaLogits(result, batch), TestModel.LlamaLogits(_model.Path, batch)) > 0.1f);
        Assert.Equal(GgufFile.Read(_model.Path).GetCount("tokenizer.ggml.tokens"), GgufFile.Read(result).GetCount("tokenizer.ggml.tokens"));
    }

    [Fact]
    public void FromScratchNothingOfTheBaseIsLeftButItsShape()
    {
        Run(Spec("scratch") with { Type = "scratch", LearningRate = 5e-3f });
        var (first, last) = (Losses("scratch").First(), Losses("scratch").Last());

        // Who knows nothing says every token alike.
        Assert.InRange(first, Math.Log(288) - 0.3, Math.Log(288) + 0.3);
        Assert.True(last < first * 0.8, $"from {first} to {last}");
    }

    [Fact]
    public void ABaseThatIsNotQuantizedIsNotTrainedAsOne()
    {
        Assert.Contains(
            "the base is not quantized",
            Assert.Throws<RunnerException>(() => Run(Spec("q") with { Type = "qlora" })).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void AMergedModelSaysWhatTheBaseWithTheAdapterSays()
    {
        Run(Spec("beside"));
        Run(Spec("merged") with { Merge = true });
        var batch = TestModel.Batch(length: 8, sequences: 1, vocabulary: 288);

        var merged = TestModel.LlamaLogits(Path.Combine(_model.At("merged"), TrainingFiles.Model), batch);
        Assert.InRange(TestModel.LargestDifference(merged, TestModel.LlamaLogits(_model.Path, batch, Result("beside"))), 0, 1e-3f);
        Assert.True(TestModel.LargestDifference(merged, TestModel.LlamaLogits(_model.Path, batch)) > 0.1f);
    }

    [Fact]
    public void ANewRunCanBeginWhereAnotherEnded()
    {
        Run(Spec("first"));
        Run(
            Spec("second") with
            {
                Start = Directory.GetFiles(Path.Combine(_model.At("first"), "checkpoints")).Order().Last(),
                Schedule = "constant",
                LearningRate = 1e-4f,
                WarmupSteps = 0,
            }
        );

        Assert.True(
            Losses("second").First() < Losses("first").First() * 0.85,
            $"{Losses("second").First()} after {Losses("first").First()} to {Losses("first").Last()}"
        );
    }

    [Fact]
    public void ACheckpointOfAnotherRankIsNotBegunWith()
    {
        Run(Spec("first") with { Steps = 1 });
        var start = Directory.GetFiles(Path.Combine(_model.At("first"), "checkpoints")).Single();
        Assert.Contains(
            "initial checkpoint",
            Assert.Throws<RunnerException>(() => Run(Spec("second") with { Start = start, Rank = 8 })).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void WhatNeedsMoreMemoryThanThereIsDoesNotBegin()
    {
        var error = Assert.Throws<RunnerException>(() => Run(Spec("large"), available: 100_000));

        Assert.Equal("DOES_NOT_FIT", error.Kind);
        Assert.False(Directory.Exists(Path.Combine(_model.At("large"), "checkpoints")));
    }

    [Fact]
    public void SequencesLongerThanTheContextAreRefused()
    {
        var error = Assert.Throws<RunnerException>(() => Run(Spec("long") with { MaxLength = 100_000 }));

        Assert.Equal("INVALID_ARGUMENT", error.Kind);
        Assert.Contains("sequences of 100000 tokens are longer than the model's context", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFullDiskKeepsTheCheckpointBefore()
    {
        var spec = Spec("full-disk");
        var checkpoints = Directory.CreateDirectory(Path.Combine(spec.Output, "checkpoints")).FullName;
        File.CreateSymbolicLink(Path.Combine(checkpoints, "step-00000008.gguf.tmp"), "/dev/full");

        var error = Assert.Throws<IOException>(() => Run(spec));
        Assert.Equal(28, error.HResult & 0xFFFF);
        Assert.Equal(["step-00000004.gguf"], Directory.GetFiles(checkpoints).Select(Path.GetFileName));
        Assert.True(Run(spec));
        Assert.Contains(Events("full-disk"), static entry => entry is { Type: "resumed", StepNumber: 4 });
    }

    [Fact]
    public void RecomputedActivationsEndWithTheSameLoss()
    {
        Run(Spec("kept"));
        Run(Spec("again") with { GradientCheckpointing = true });

        Assert.Equal(Losses("kept").Last(), Losses("again").Last(), 1e-3);
    }

    [Fact]
    public void HeldOutSamplesAreMeasured()
    {
        Run(Spec("split") with { EvaluationSplit = 0.25 });
        Assert.Contains(Events("split"), static entry => entry is { Type: "evaluation", Loss: > 0 });
    }

    public void Dispose() => _model.Dispose();

    private static string Record(string question, string answer) =>
        JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = question }, new { role = "assistant", content = answer } } });

    private TrainingSpec Spec(string name)
    {
        var data = _model.At(name + ".jsonl");
        File.WriteAllLines(data, Enumerable.Range(0, 12).Select(static index => Record($"How many is {index}?", $"It is {index} and {index * 3}.")));
        return new TrainingSpec
        {
            Data = data,
            Output = _model.At(name),
            Rank = 4,
            Alpha = 8,
            Epochs = 4,
            BatchSize = 2,
            MaxLength = 96,
            LearningRate = 2e-2f,
            WarmupSteps = 2,
            CheckpointInterval = 4,
            Accumulation = 1,
        };
    }

    /// <summary>Not a number in the model's file, where that character's token is.</summary>
    private void BreakTheEmbeddingOf(char character)
    {
        const int FirstByte = 3,
            Width = 64;
        var header = GgufFile.Read(_model.Path);
        using var file = File.OpenWrite(_model.Path);
        file.Position =
            header.DataOffset
            + (long)header.Tensors.Single(static tensor => tensor.Name == "token_embd.weight").Offset
            + ((FirstByte + character) * Width * sizeof(float));
        file.Write(BitConverter.GetBytes(float.NaN));
    }

    private bool Run(
        TrainingSpec spec,
        CancellationToken stop = default,
        long available = long.MaxValue,
        Action<TrainingEvent>? told = null,
        int threads = 2,
        string accelerator = "off"
    ) => new TrainingRun(TestModel.RunnerOf(_model.Path, threads, accelerator), spec, static _ => { }, () => available, told).Run(stop);

    /// <summary>Parameters and moments of every checkpoint.</summary>
    private IEnumerable<string> Checkpoints(string name) =>
        Directory
            .GetFiles(Path.Combine(_model.At(name), TrainingFiles.Checkpoints))
            .Order(StringComparer.Ordinal)
            .Select(static file =>
            {
                var header = GgufFile.Read(file);
                return Path.GetFileName(file) + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file).AsSpan((int)header.DataOffset)));
            });

    /// <summary>Asks it to stop after a step.</summary>
    private bool RunUntil(TrainingSpec spec, int step)
    {
        using var stop = new CancellationTokenSource();
        return Run(
            spec,
            stop.Token,
            told: entry =>
            {
                if (entry.Type == "step" && entry.StepNumber >= step)
                {
                    stop.Cancel();
                }
            }
        );
    }

    private List<TrainingEvent> Events(string name)
    {
        using var file = new FileStream(
            Path.Combine(_model.At(name), TrainingFiles.Events),
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete
        );
        using var reader = new StreamReader(file);
        var whole = reader.ReadToEnd();
        return
        [
            .. whole[..(whole.LastIndexOf('\n') + 1)]
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => JsonSerializer.Deserialize(line, TrainingJson.Default.TrainingEvent)!),
        ];
    }

    private IEnumerable<double> Losses(string name) => Events(name).Where(static entry => entry.Type == "step").Select(static entry => entry.Loss!.Value);

    private string Result(string name) => Path.Combine(_model.At(name), TrainingFiles.Adapter);

    private string Hash(string name) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Result(name))));
}
