using System.Globalization;
using System.Text.Json;
using Ilab.Runner.Contract.Training;
using Ilab.Runner.Conversion;
using Ilab.Runner.Tests.Conversion;
using Ilab.Runner.Training;
using Ilab.Testing;
using Xunit.Abstractions;

namespace Ilab.Runner.Tests.Training;

/// <summary>A real model over a longer stretch: what a text costs it, and how fast it learns a few facts. The figures are those of its weights in single
/// precision. <c>ILAB_TEST_FULL=1</c> goes all the way, which takes more than a minute.</summary>
[Collection(NativeCompute.Name)]
public sealed class SmolLm2LearningTests(ITestOutputHelper output) : IDisposable
{
    private const int Context = 512,
        CharactersOfAChunk = 1750,
        MoreCharacters = 400; // not enough for another chunk

    private static readonly bool IsFull = Environment.GetEnvironmentVariable("ILAB_TEST_FULL") == "1";
    private static readonly int Chunks = IsFull ? 8 : 3,
        Steps = IsFull ? 20 : 8;

    /// <summary>The engine multiplies eight bits by four.</summary>
    private const double Tolerance = 0.02;

    private readonly TemporaryFolder _folder = new();

    private static string? Model => TestPaths.Shared is { } shared && File.Exists(At(shared)) ? At(shared) : null;

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void PerplexityIsThatOfTheReference()
    {
        Skip.If(Model is null, "no ../shared: the perplexity of SmolLM2 is not compared");
        using var reference = Read("perplexity.json");
        var expected = reference.RootElement.GetProperty("chunks")[Chunks - 1].GetProperty("ppl_so_far").GetDouble();
        var text = File.ReadAllText(Path.Combine(TestPaths.Shared!, "data", "tinyshakespeare.txt"))[..((Chunks * CharactersOfAChunk) + MoreCharacters)];
        using var model = NativeLogits.Load(Model!);

        var measured = Perplexity.Measure(model, text, Context, threads: 2, static (_, _) => { });

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"perplexity {measured.Value:0.000}, the reference has {expected:0.000}"));
        Assert.Equal(Chunks, measured.Chunks);
        Assert.InRange(measured.Value, expected * (1 - Tolerance), expected * (1 + Tolerance));
    }

    /// <summary>Eight records, all of them in each of 20 steps at 1e-3, with an adapter of rank 8 at all linear layers.</summary>
    [SkippableFact]
    public void EightRecordsAreLearnedAsFastAsTheReferenceLearnsThem()
    {
        Skip.If(Model is null, "no ../shared: training of SmolLM2 is not compared");
        using var reference = Read("training.json");
        var runs = reference.RootElement.GetProperty("runs").EnumerateArray().Select(Losses).ToArray();

        var losses = Train(reference.RootElement.GetProperty("records"));

        output.WriteLine(string.Join(' ', losses.Select(static loss => loss.ToString("0.0000", CultureInfo.InvariantCulture))));
        Assert.Equal(Steps, losses.Count);
        Assert.InRange(losses[0], runs[0][0] * (1 - Tolerance), runs[0][0] * (1 + Tolerance));
        Assert.True(!IsFull || losses[^1] < 0.05, $"the last loss is {losses[^1]}");
        for (var step = 0; step < Steps; step++)
        {
            var most = runs.Max(run => run[step]); // another random start: the same shape, other figures
            Assert.True(losses[step] < (most * 1.2) + 0.01, $"step {step + 1}: {losses[step]}, the reference has at most {most}");
        }
    }

    private List<double> Train(JsonElement records)
    {
        var data = Path.Combine(_folder.Path, "records.jsonl");
        File.WriteAllLines(
            data,
            records
                .EnumerateArray()
                .Select(static record =>
                    JsonSerializer.Serialize(
                        new
                        {
                            messages = new[]
                            {
                                new { role = "user", content = record.GetProperty("user").GetString() },
                                new { role = "assistant", content = record.GetProperty("assistant").GetString() },
                            },
                        }
                    )
                )
        );
        var losses = new List<double>();
        var run = new TrainingRun(
            TestModel.RunnerOf(Model!, accelerator: "auto"),
            new TrainingSpec
            {
                Data = data,
                Output = Path.Combine(_folder.Path, "out"),
                BatchSize = records.GetArrayLength(),
                MaxLength = 64,
                Steps = Steps,
                LearningRate = 1e-3f,
                Schedule = "constant",
                CheckpointInterval = Steps,
            },
            static _ => { },
            static () => long.MaxValue,
            entry =>
            {
                if (entry is { Type: "step", Loss: { } loss })
                {
                    losses.Add(loss);
                }
            }
        );
        Assert.True(run.Run(CancellationToken.None));
        return losses;
    }

    private static double[] Losses(JsonElement run) =>
        [.. run.GetProperty("loss_and_gradient_norm").EnumerateArray().Select(static step => step[0].GetDouble())];

    private static string At(string shared) => Path.Combine(shared, "models", "SmolLM2-135M-Instruct.Q4_1.gguf");

    private static JsonDocument Read(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(TestPaths.Shared!, "reference", "smollm2", name)));
}
