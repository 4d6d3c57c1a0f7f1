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
    private static readonly string[] Refused = ["lora-adapter", "no-tokenizer", "shard-missing", "unknown-architecture", "unknown-tensor", "vocab-too-small"];

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

    /// <summary>
    /// What follows each prompt: the largest difference of a logit to those of transformers, or of llama.cpp where the reference says that it differs; and
    /// the ids of greedy decoding, which must be those of the reference up to the first choice that is narrow.
    /// </summary>
    public static IEnumerable<PromptRun> Prompts(string file, JsonElement expected)
    {
        var prompts = Items(expected, "prompts");
        var isOther = prompts.Any(static prompt => OwnDifference(prompt) > Coarse);
        foreach (var prompt in prompts)
        {
            var own = OwnDifference(prompt);
            var engine = own > Coarse ? prompt.GetProperty("llama_cpp") : prompt;
            var bound = own <= 1e-4 ? Near : Coarse;
            var ids = Ints(prompt.GetProperty("ids"));
            var greedy = engine.GetProperty("greedy").EnumerateArray().ToArray();
            var rows = NativeLogits.Greedy(file, ids, greedy.Length, prompt.GetProperty("n_ctx").GetInt32());
            yield return new PromptRun(
                ids.Length,
                engine.GetProperty("top").EnumerateArray().Max(entry => Math.Abs(rows[0][entry[0].GetInt32()] - entry[1].GetDouble())),
                bound,
                // Past a window that the engine does not have, it goes another way than transformers.
                own <= Coarse
                && isOther
                    ? prompt.GetProperty("llama_cpp").GetProperty("greedy_same").GetInt32()
                    : greedy.Length,
                [.. greedy.Select((entry, index) => Choice.Of(entry, rows[index]))]
            );
        }
    }

    /// <summary>
    /// What an encoder makes of texts: the largest difference to transformers, in the mean over the tokens and in the first of them.
    /// </summary>
    public static IEnumerable<(int Tokens, double Difference, double Bound)> Embeddings(string file, JsonElement expected)
    {
        foreach (var text in Items(expected, "embeddings"))
        {
            var ids = Ints(text.GetProperty("ids"));
            var rows = NativeLogits.Embeddings(file, ids);
            var (mean, first) = (Doubles(text.GetProperty("mean")), Doubles(text.GetProperty("cls")));
            Assert.Equal(mean.Length, rows[0].Length);
            var difference = Enumerable
                .Range(0, mean.Length)
                .Max(index => Math.Max(Math.Abs(rows.Average(row => (double)row[index]) - mean[index]), Math.Abs(rows[0][index] - first[index])));
            yield return (ids.Length, difference, text.GetProperty("llama_cpp_max_abs_diff").GetDouble() <= 1e-4 ? Near : Coarse);
        }
    }

    private static JsonElement[] Items(JsonElement json, string name) => json.TryGetProperty(name, out var items) ? [.. items.EnumerateArray()] : [];

    private static double OwnDifference(JsonElement prompt) =>
        prompt.TryGetProperty("llama_cpp", out var engine) ? engine.GetProperty("max_abs_diff").GetDouble() : 0;

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(static item => item.GetInt32())];

    private static double[] Doubles(JsonElement list) => [.. list.EnumerateArray().Select(static item => item.GetDouble())];
}

/// <summary>What follows a prompt.</summary>
/// <param name="Tokens">Length of the prompt.</param>
/// <param name="Difference">The largest of a logit.</param>
/// <param name="Bound">Of the difference.</param>
/// <param name="Comparable">So many ids of greedy decoding can be compared.</param>
internal sealed record PromptRun(int Tokens, double Difference, double Bound, int Comparable, IReadOnlyList<Choice> Choices)
{
    /// <summary>How many ids must agree: those before the first whose margin is below twice the bound.</summary>
    public int Due => Choices.Take(Comparable).TakeWhile(choice => choice.Margin >= 2 * Bound).Count();

    /// <summary>How many ids agree.</summary>
    public int Same => Choices.TakeWhile(static choice => choice.Id == choice.Expected).Count();
}

/// <summary>A choice of greedy decoding.</summary>
/// <param name="Margin">Of the reference between its id and the next best; where it does not say it, that of the engine.</param>
internal sealed record Choice(int Id, int Expected, double Margin)
{
    /// <param name="entry">An id with its margin, or an id.</param>
    public static Choice Of(JsonElement entry, float[] logits)
    {
        var id = NativeLogits.Best(logits);
        return entry.ValueKind == JsonValueKind.Array
            ? new Choice(id, entry[0].GetInt32(), entry[1].GetDouble())
            : new Choice(id, entry.GetInt32(), logits[id] - logits.Where((_, index) => index != id).Max());
    }
}
