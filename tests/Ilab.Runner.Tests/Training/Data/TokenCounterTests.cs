using System.Text;
using System.Text.Json;
using Ilab.Data.Datasets;
using Ilab.Gguf;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Runner.Training.Data;
using Ilab.Testing;

namespace Ilab.Runner.Tests.Training.Data;

/// <summary>Tokens that are counted for a plan, against those of the engine.</summary>
[Collection(NativeCompute.Name)]
public sealed class TokenCounterTests
{
    private const double Tolerance = 0.1;

    private static readonly string[] Texts =
    [
        "Once upon a time, there was a little girl named Lily. She liked to play outside in the park with her friends.",
        "What is the capital of France, and how many people live there? - About 2,102,650 (2023).",
        "    public static void Main()\n    {\n        Console.WriteLine(\"{0}\", x);\n    }\n\n",
        "Größenordnung, naïve, 日本語のテキスト, emoji 🙂🙂.",
    ];

    [Fact]
    public void TheyComeToAboutTheSame()
    {
        var compared = 0;
        foreach (var path in Models())
        {
            using var stream = File.OpenRead(path);
            if (TokenCounter.Of(GgufFile.Read(stream), stream) is not { } counter)
            {
                continue;
            }

            using var model = LlamaModel.LoadVocabulary([path]);
            var text = string.Join('\n', Texts) + File.ReadAllText(Path.Combine(TestPaths.Repository, "README.md"));
            var (real, counted) = (model.Vocabulary.Tokenize(text, addSpecial: false, parseSpecial: false).Length, counter.Count(text));
            Assert.True(Math.Abs(counted - real) <= Tolerance * real, $"{Path.GetFileName(path)}: {counted} instead of {real}");
            compared++;
        }

        Assert.True(compared >= 1);
    }

    /// <summary>With the markers of the model's own template, in which short messages are drowned; without a template, with those that it is given.</summary>
    [Fact]
    public void RecordsAreCountedAsTheyAreTrainedOn()
    {
        const int FewTokens = 3;
        string[] records =
        [
            JsonSerializer.Serialize(
                new { messages = Enumerable.Range(0, 12).Select(static i => new { role = i % 2 == 0 ? "user" : "assistant", content = "Yes" }) }
            ),
            JsonSerializer.Serialize(new { instruction = Texts[1], output = Texts[0] }),
            JsonSerializer.Serialize(new { prompt = Texts[0], completion = Texts[1] }),
            JsonSerializer.Serialize(new { text = string.Join('\n', Texts) }),
        ];
        foreach (var path in Models())
        {
            using var stream = File.OpenRead(path);
            var header = GgufFile.Read(stream);
            if (TokenCounter.Of(header, stream) is not { } tokens)
            {
                continue;
            }

            using var model = LlamaModel.LoadVocabulary([path]);
            var (tokenizer, counter) = (new RecordTokenizer(model), new RecordCounter(tokens, header.GetString("tokenizer.chat_template")));
            foreach (var record in records)
            {
                using var json = JsonDocument.Parse(record);
                var real = tokenizer.Tokenize(TrainingRecord.Parse(json.RootElement), 1).Tokens.Length;
                var (messages, line) = RecordFormat.Read(Encoding.UTF8.GetBytes(record), keepsPlain: true);
                var (counted, isRendered) = counter.Count(messages, line);
                Assert.True(isRendered, $"{Path.GetFileName(path)}: {record}");
                Assert.True(Math.Abs(counted - real) <= (Tolerance * real) + FewTokens, $"{Path.GetFileName(path)}: {counted} instead of {real} for {record}");
            }
        }
    }

    private static IEnumerable<string> Models()
    {
        NativeLibraries.Load(TestPaths.NativeLibraries);
        yield return Path.Combine(TestPaths.Repository, "packaging", "starter", "starter.gguf");
        var shared = TestPaths.Shared is { } folder ? Directory.GetFiles(Path.Combine(folder, "models"), "*.gguf") : [];
        foreach (var path in shared.Where(static path => new FileInfo(path).Length < 200 << 20))
        {
            yield return path;
        }
    }
}
