using System.Text.Json;
using Ilab.Gguf;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Testing;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>Folders of the reference corpus, converted and run.</summary>
internal static class CorpusRun
{
    private const double Near = 1e-3,
        Coarse = 1e-2;

    /// <summary>Folders that are there to be refused.</summary>
    private static readonly string[] Refused =
    [
        "bnb-4bit",
        "lora-adapter",
        "no-tokenizer",
        "shard-missing",
        "unknown-architecture",
        "unknown-tensor",
        "vocab-too-small",
    ];

    /// <summary>Null = the corpus is not there.</summary>
    public static string? Root =>
        TestPaths.Shared is { } shared && Directory.Exists(Path.Combine(shared, "reference", "conversion"))
            ? Path.Combine(shared, "reference", "conversion")
            : null;

    /// <summary>Names of the folders that convert; none when the corpus is not there.</summary>
    public static string[] Folders =>
        Root is { } root ? [.. Directory.GetDirectories(root).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal).Except(Refused)] : [];

    public static JsonElement Json(string name, string file)
    {
        // Python writes numbers that JSON has no words for; none of them matters here.
        var text = File.ReadAllText(Path.Combine(Root!, name, file)).Replace(" Infinity", " null", StringComparison.Ordinal);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <returns>Path of the GGUF in F32.</returns>
    public static string Convert(string name, string folder)
    {
        var path = Path.Combine(folder, "model.gguf");
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(Path.Combine(Root!, name), static file => File.OpenHandle(file)), GgmlType.F32);
        using var file = File.Create(path);
        conversion.Write(file, static _ => { }, CancellationToken.None);
        return path;
    }

    /// <summary>Differences of the logits to those of transformers, or of llama.cpp where the reference says that it differs; one for each prompt.</summary>
    public static IEnumerable<(int Tokens, double Difference, double Bound)> Differences(string file, JsonElement expected)
    {
        foreach (var prompt in expected.TryGetProperty("prompts", out var prompts) ? prompts.EnumerateArray().ToArray() : [])
        {
            var own = prompt.TryGetProperty("llama_cpp", out var engine) ? engine.GetProperty("max_abs_diff").GetDouble() : 0;
            var top = own > Coarse ? engine.GetProperty("top") : prompt.GetProperty("top");
            var ids = prompt.GetProperty("ids").EnumerateArray().Select(static id => id.GetInt32()).ToArray();
            var logits = NativeLogits.Of(file, ids, prompt.GetProperty("n_ctx").GetInt32())[^1];
            var most = top.EnumerateArray().Max(entry => Math.Abs(logits[entry[0].GetInt32()] - entry[1].GetDouble()));
            yield return (ids.Length, most, own <= 1e-4 ? Near : Coarse);
        }
    }
}
