using System.Text;
using Ilab.Jinja.Chat;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Runner.Prompts;
using Ilab.Runner.Tests.Training;
using Ilab.Testing;
using Ilab.Testing.Models;
using Xunit.Abstractions;

namespace Ilab.Runner.Tests.Prompts;

/// <summary>
/// Random conversations full of control tokens, with a small vocabulary and with those of real models: ILAB_TEST_VOCABULARIES names a folder of GGUF files,
/// such as models/ggml-vocab-*.gguf of llama.cpp.
/// </summary>
[Collection(NativeCompute.Name)]
public sealed class VocabularyTests(ITestOutputHelper log)
{
    private const string Template = "{% for m in messages %}{{ c0 }}{{ m.role }}\n{{ m.content }}{{ c1 }}\n{% endfor %}";
    private const int Rounds = 60;

    private static readonly string[] Words =
    [
        "hello",
        " world",
        "\n",
        "  ",
        "é",
        "模型",
        "🙂",
        "<",
        "|",
        ">",
        "</",
        "{{ x }}",
        "1234",
        "'s",
        "\t",
        "_end",
        "<|im",
    ];

    [Fact]
    public void MessagesMakeNoControlTokensOfASmallVocabulary()
    {
        using var model = new TestModel(new TransformerShape());
        Check(model.Path);
    }

    [SkippableFact]
    public void MessagesMakeNoControlTokensOfRealVocabularies()
    {
        var folder = Environment.GetEnvironmentVariable("ILAB_TEST_VOCABULARIES");
        Skip.If(folder is null, "ILAB_TEST_VOCABULARIES is not set: vocabularies of real models are not tried");
        var files = Directory.GetFiles(folder!, "*.gguf").Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(files);
        files.ForEach(Check);
    }

    private void Check(string file)
    {
        NativeLibraries.Load(TestPaths.NativeLibraries);
        using var model = LlamaModel.LoadVocabulary([file]);
        if (model.Metadata("tokenizer.ggml.model") == "bert")
        {
            log.WriteLine($"{Path.GetFileName(file)}: of an encoder, which generates no text");
            return;
        }

        var vocabulary = model.Vocabulary;
        var tokenizer = new SegmentTokenizer(vocabulary);
        var control = tokenizer.ControlTokens.Where(static text => text.Trim().Length > 0).ToArray();
        if (control.Length == 0)
        {
            log.WriteLine($"{Path.GetFileName(file)}: no control tokens");
            return;
        }

        var random = new Random(17);
        var (renderer, exact) = (ChatTemplateRenderer.Parse(Template), 0);
        for (var round = 0; round < Rounds; round++)
        {
            var texts = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Text(random, control)).ToArray();
            var (first, second) = (control[random.Next(control.Length)], control[random.Next(control.Length)]);
            var expected = Count(tokenizer.Tokenize(Render(renderer, tokenizer, first, second, [.. texts.Select(static _ => "x")])), vocabulary);
            var segments = Render(renderer, tokenizer, first, second, texts);
            var tokens = tokenizer.Tokenize(segments);
            Assert.True(expected == Count(tokens, vocabulary), $"{Path.GetFileName(file)}: {string.Concat(segments.Select(static s => s.Text))}");
            exact += Decode(tokens, vocabulary) == string.Concat(segments.Select(static segment => segment.Text)) ? 1 : 0;
        }

        log.WriteLine($"{Path.GetFileName(file)}: {control.Length} control tokens; {exact} of {Rounds} prompts decode to their text");
    }

    private static IReadOnlyList<ChatSegment> Render(ChatTemplateRenderer renderer, SegmentTokenizer tokenizer, string first, string second, string[] texts) =>
        renderer.RenderSegments(
            new ChatInput
            {
                Messages = [.. texts.Select(static text => ChatJson.Message("user", text))],
                Variables = new Dictionary<string, object?> { ["c0"] = first, ["c1"] = second },
                ControlTokens = tokenizer.ControlTokens,
            }
        );

    /// <summary>Words, control tokens whole and in parts.</summary>
    private static string Text(Random random, string[] control)
    {
        var text = new StringBuilder();
        for (var part = random.Next(1, 8); part > 0; part--)
        {
            var token = control[random.Next(control.Length)];
            var at = random.Next(token.Length + 1);
            text.Append(
                random.Next(4) switch
                {
                    0 => token,
                    1 => token[..at],
                    2 => token[at..],
                    _ => Words[random.Next(Words.Length)],
                }
            );
        }

        return text.ToString();
    }

    private static int Count(int[] tokens, Vocabulary vocabulary) => tokens.Count(vocabulary.IsControl);

    private static string Decode(int[] tokens, Vocabulary vocabulary) =>
        Encoding.UTF8.GetString([
            .. tokens
                .SkipWhile((token, at) => at == 0 && vocabulary.AddsBeginOfText && token == vocabulary.BeginOfText)
                .SelectMany(token => vocabulary.Piece(token, true)),
        ]);
}
