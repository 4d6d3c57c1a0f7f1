using Ilab.Gguf;
using Ilab.Gguf.Decoders;
using Ilab.Native.Llama.Ggml;
using Ilab.Native.Llama.Loading;
using Ilab.Runner.Tests.Conversion;
using Ilab.Runner.Training.Data;
using Ilab.Runner.Training.Graph;
using Ilab.Testing;
using Xunit.Abstractions;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>The graph that is trained computes what transformers computes, for each folder of the reference corpus whose family can be trained.</summary>
[Collection(NativeCompute.Name)]
public sealed class FamilyCorpusTests(ITestOutputHelper output) : IDisposable
{
    private const double Near = 1e-3,
        Coarse = 1e-2;

    /// <summary>What a GGUF of the architecture cannot say (a sliding window, bounds that are not rounded) is computed as the engine does.</summary>
    private static readonly string[] Unsaid = ["gpt-oss-untruncated", "mistral-v0.1"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Folders => CorpusRunTests.Folders();

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void LogitsAreThoseOfTransformers(string name)
    {
        Skip.If(name.Length == 0, "no ../shared/reference/conversion: the reference corpus is not run");
        NativeLibraries.Load(TestPaths.NativeLibraries);
        NativeLog.SendTo(static (_, _) => { });
        var expected = CorpusRun.Json(name, "expected.json");
        var path = CorpusRun.Convert(name, _folder.Path);
        var header = GgufFile.Read(path);
        Skip.IfNot(CanBeTrained(path, header), $"{header.GetString("general.architecture")} is not trained");
        using var model = TrainingModel.WithAdapters(GgmlBackend.Open(2), [path], new LoraOptions(2, 4, []));
        var worst = 0.0;
        foreach (var prompt in expected.GetProperty("prompts").EnumerateArray())
        {
            var ids = prompt.GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32()).ToArray();
            var engine = prompt.TryGetProperty("llama_cpp", out var own) ? own.GetProperty("max_abs_diff").GetDouble() : 0;
            var top = engine > Coarse && Unsaid.Contains(name) ? own.GetProperty("top") : prompt.GetProperty("top");
            var logits = LastRow(model, ids);
            var difference = top.EnumerateArray().Max(entry => Math.Abs(logits[entry[0].GetInt32()] - entry[1].GetDouble()));
            worst = Math.Max(worst, difference);
            Assert.True(difference < (engine is > 1e-4 and < Coarse ? Coarse : Near), $"{name}, {ids.Length} tokens: logits differ by {difference:G3}");
        }

        output.WriteLine($"{name}: logits differ from those of transformers by {worst:G2}");
    }

    public void Dispose() => _folder.Dispose();

    private static bool CanBeTrained(string path, GgufFile header)
    {
        try
        {
            return DecoderReader.Read(path, [header]).Layers.Count > 0;
        }
        catch (UntrainableException exception) when (!exception.IsDamaged)
        {
            return false;
        }
    }

    private static float[] LastRow(TrainingModel model, int[] ids)
    {
        var batch = new TrainingBatch
        {
            Shape = new BatchShape(ids.Length, 1, 1),
            Tokens = ids,
            Segments = [.. Enumerable.Repeat(1, ids.Length)],
            Rows = [ids.Length - 1],
            Targets = [0],
            Learned = 1,
            Used = ids.Length,
        };
        return FamilyModelFile.Logits(model, batch);
    }
}
