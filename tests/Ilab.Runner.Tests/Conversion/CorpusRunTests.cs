using System.Text.Json;
using Ilab.Gguf;
using Ilab.Jinja.Chat;
using Ilab.Testing;
using Xunit.Abstractions;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>Converted folders of the reference corpus run as transformers runs them: token ids, prompts, logits, greedy decoding, embeddings.</summary>
[Collection(NativeCompute.Name)]
public sealed class CorpusRunTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Folders()
    {
        var data = new TheoryData<string>();
        foreach (var name in CorpusRun.Folders.DefaultIfEmpty(""))
        {
            data.Add(name);
        }

        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void AConvertedFolderSaysWhatTransformersSays(string name)
    {
        Skip.If(name.Length == 0, "no ../shared/reference/conversion: the reference corpus is not run");
        var expected = CorpusRun.Json(name, "expected.json");
        var file = CorpusRun.Convert(name, _folder.Path);
        var problems = new List<string>();
        problems.AddRange(Texts(file, expected));
        problems.AddRange(Prompts(file, expected, File.Exists(Path.Combine(CorpusRun.Root!, name, "tokenizer_config.json"))));
        var (difference, due) = (0.0, 0);
        foreach (var prompt in CorpusRun.Prompts(file, expected))
        {
            (difference, due) = (Math.Max(difference, prompt.Difference), due + prompt.Due);
            if (prompt.Difference > prompt.Bound)
            {
                problems.Add($"a prompt of {prompt.Tokens} tokens: logits differ by {prompt.Difference:G3}");
            }

            if (prompt.Same < prompt.Due)
            {
                problems.Add($"a prompt of {prompt.Tokens} tokens: {prompt.Same} ids of greedy decoding are those of the reference, {prompt.Due} are due");
            }
        }

        foreach (var (tokens, most, bound) in CorpusRun.Embeddings(file, expected))
        {
            difference = Math.Max(difference, most);
            if (most > bound)
            {
                problems.Add($"a text of {tokens} tokens: embeddings differ by {most:G3}");
            }
        }

        output.WriteLine($"{name}: largest difference {difference:G2}, {due} ids of greedy decoding compared");
        Assert.True(problems.Count == 0, $"{name}:\n  {string.Join("\n  ", problems)}");
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<string> Texts(string file, JsonElement expected)
    {
        using var model = NativeLogits.Load(file);
        foreach (var entry in expected.TryGetProperty("tokenizer", out var tokenizer) ? tokenizer.GetProperty("texts").EnumerateArray().ToArray() : [])
        {
            var text = entry.GetProperty("text").GetString()!;
            foreach (var (key, other, adds) in new[] { ("ids", "llama_cpp", false), ("ids_special", "llama_cpp_special", true) })
            {
                // A GGUF cannot say that texts are composed first (NFC): the text with a combining accent is given to the engine composed.
                var actual = model.Vocabulary.Tokenize(text, addSpecial: adds, parseSpecial: true);
                var composed = model.Vocabulary.Tokenize(text.Replace("e\u0301", "\u00e9", StringComparison.Ordinal), addSpecial: adds, parseSpecial: true);
                var wanted = Ids(entry.GetProperty(key));
                var engine = entry.TryGetProperty(other, out var own) ? Ids(own) : wanted;
                if (!actual.SequenceEqual(wanted) && !actual.SequenceEqual(engine) && !composed.SequenceEqual(wanted))
                {
                    yield return $"{key} of \"{text.ReplaceLineEndings(" ")}\": {string.Join(' ', actual)} instead of {string.Join(' ', wanted)}";
                }
            }
        }
    }

    private static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(static id => id.GetInt32())];

    private static IEnumerable<string> Prompts(string file, JsonElement expected, bool hasTemplate)
    {
        if (!expected.TryGetProperty("chat", out var chats) || chats.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }

        var header = GgufFile.Read(file);
        var template = header.GetString("tokenizer.chat_template");
        if (template is null)
        {
            if (hasTemplate)
            {
                yield return "the chat template is missing";
            }

            yield break;
        }

        using var stream = File.OpenRead(file);
        var tokens = new GgufArrays(header, stream).Strings("tokenizer.ggml.tokens")!;
        var special = new Dictionary<string, string>();
        foreach (var role in new[] { "bos", "eos" })
        {
            if (header.GetUnsigned($"tokenizer.ggml.{role}_token_id") is { } id)
            {
                special[role + "_token"] = tokens[id];
            }
        }

        foreach (var chat in chats.EnumerateArray())
        {
            var messages = chat.GetProperty("messages").EnumerateArray().Select(Message).ToArray();
            var rendered = ChatTemplateRenderer
                .Parse(template)
                .Render(
                    new ChatInput
                    {
                        Messages = messages,
                        AddGenerationPrompt = true,
                        SpecialTokens = special,
                    }
                );
            if (rendered != chat.GetProperty("rendered").GetString())
            {
                yield return $"the prompt is {rendered.ReplaceLineEndings("|")} instead of {chat.GetProperty("rendered").GetString()!.ReplaceLineEndings("|")}";
            }
        }
    }

    private static object? Message(JsonElement message) =>
        ChatJson.Message(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!);
}
