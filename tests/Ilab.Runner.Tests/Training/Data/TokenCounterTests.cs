using Ilab.Gguf;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
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
        NativeLibraries.Load(TestPaths.NativeLibraries);
        var models = new List<string> { Path.Combine(TestPaths.Repository, "packaging", "starter", "starter.gguf") };
        models.AddRange(
            TestPaths.Shared is { } shared
                ? Directory.GetFiles(Path.Combine(shared, "models"), "*.gguf").Where(static path => new FileInfo(path).Length < 200 << 20)
                : []
        );
        var compared = 0;
        foreach (var path in models)
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
}
