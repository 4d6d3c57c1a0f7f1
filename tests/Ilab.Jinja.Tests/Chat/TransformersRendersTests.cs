using System.Text.Json;
using Ilab.Jinja.Chat;
using Ilab.Testing;
using Xunit.Abstractions;

namespace Ilab.Jinja.Tests.Chat;

/// <summary>Chat templates of real models against what transformers renders with them. The templates are not part of the repository.</summary>
public sealed class TransformersRendersTests(ITestOutputHelper log)
{
    private static readonly Dictionary<string, string> Tokens = new()
    {
        ["bos_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["unk_token"] = "<unk>",
        ["pad_token"] = "<pad>",
    };

    [SkippableFact]
    public void EveryRenderIsByteForByteThatOfTransformers()
    {
        var folder = TestPaths.Shared is { } shared ? Path.Combine(shared, "reference", "templates") : "";
        Skip.IfNot(File.Exists(Path.Combine(folder, "renders.jsonl")), "no ../shared/reference/templates: renders of transformers are not compared");
        var conversations = Conversations(folder);
        var templates = new Dictionary<string, ChatTemplateRenderer>();
        var (equal, refused, gapsRendered, gapsRefused, wrong) = (0, 0, 0, 0, new List<string>());
        foreach (var line in File.ReadLines(Path.Combine(folder, "renders.jsonl")))
        {
            var expected = JsonDocument.Parse(line).RootElement;
            var (name, id) = (expected.GetProperty("template").GetString()!, expected.GetProperty("conversation").GetString()!);
            var (text, failure) = Render(Path.Combine(folder, "files", name), templates, conversations[id]);
            if (expected.TryGetProperty("text", out var wanted))
            {
                equal += text == wanted.GetString() ? 1 : 0;
                if (text != wanted.GetString())
                {
                    wrong.Add($"{name} {id}: {failure?.Message ?? Difference(text!, wanted.GetString()!)}");
                }
            }
            else if (expected.GetProperty("error").GetString()!.Split(": ", 2) is ["TemplateError", var message])
            {
                var isSame = failure is TemplateRefusedException && failure.Message == message;
                refused += isSame ? 1 : 0;
                if (!isSame)
                {
                    wrong.Add($"{name} {id}: refused with '{failure?.Message}' instead of '{message}'");
                }
            }
            else
            {
                gapsRefused += failure is null ? 0 : 1;
                gapsRendered += failure is null ? 1 : 0;
            }
        }

        log.WriteLine($"{equal} equal, {refused} refused alike, gaps: {gapsRefused} refused, {gapsRendered} rendered; {wrong.Count} wrong");
        Assert.True(wrong.Count == 0, $"{equal} equal, {wrong.Count} wrong\n{string.Join('\n', wrong.Take(60))}");
        Assert.True(equal > 0);
    }

    /// <summary>Marking changes no prompt whose texts have no control tokens.</summary>
    [SkippableFact]
    public void MarkedConversationsRenderAlike()
    {
        var folder = TestPaths.Shared is { } shared ? Path.Combine(shared, "reference", "templates") : "";
        Skip.IfNot(File.Exists(Path.Combine(folder, "renders.jsonl")), "no ../shared/reference/templates: renders of transformers are not compared");
        var conversations = Conversations(folder);
        var templates = new Dictionary<string, ChatTemplateRenderer>();
        string[] tokens = ["<s>", "</s>", "<|im_end|>", "<|im_start|>", "<think>", "</think>", "[INST]", "<end_of_turn>", "<tool_call>", "</tool_call>"];
        var wrong = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(folder, "renders.jsonl")))
        {
            var expected = JsonDocument.Parse(line).RootElement;
            var (name, id) = (expected.GetProperty("template").GetString()!, expected.GetProperty("conversation").GetString()!);
            if (id != "markers" && expected.TryGetProperty("text", out var wanted))
            {
                var (text, failure) = Render(Path.Combine(folder, "files", name), templates, conversations[id], tokens);
                if (text != wanted.GetString())
                {
                    wrong.Add($"{name} {id}: {failure?.Message ?? Difference(text!, wanted.GetString()!)}");
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong\n{string.Join('\n', wrong.Take(60))}");
    }

    private static Dictionary<string, JsonElement> Conversations(string folder) =>
        JsonDocument
            .Parse(File.ReadAllText(Path.Combine(folder, "conversations.json")))
            .RootElement.EnumerateArray()
            .ToDictionary(static entry => entry.GetProperty("id").GetString()!);

    private static (string? Text, TemplateException? Failure) Render(
        string path,
        Dictionary<string, ChatTemplateRenderer> templates,
        JsonElement conversation,
        params string[] controlTokens
    )
    {
        try
        {
            if (!templates.TryGetValue(path, out var template))
            {
                templates[path] = template = ChatTemplateRenderer.Parse(File.ReadAllText(path), clock: new FixedClock());
            }

            var arguments = (IDictionary<string, object?>)Values.FromJson(conversation.GetProperty("args"))!;
            return (
                template.Render(
                    new ChatInput
                    {
                        Messages = (List<object?>)Values.FromJson(conversation.GetProperty("messages"))!,
                        Tools = arguments.TryGetValue("tools", out var tools) ? tools : null,
                        Documents = arguments.TryGetValue("documents", out var documents) ? documents : null,
                        AddGenerationPrompt = arguments.TryGetValue("add_generation_prompt", out var add) && add is true,
                        ContinueFinalMessage = arguments.TryGetValue("continue_final_message", out var goesOn) && goesOn is true,
                        SpecialTokens = Tokens,
                        ControlTokens = controlTokens,
                        Variables = arguments
                            .Where(static pair => pair.Key is not ("tools" or "documents" or "add_generation_prompt" or "continue_final_message"))
                            .ToDictionary(),
                    }
                ),
                null
            );
        }
        catch (TemplateException exception)
        {
            return (null, exception);
        }
    }

    private static string Difference(string text, string wanted)
    {
        var at = text.AsSpan().CommonPrefixLength(wanted);
        string Around(string whole) => JsonSerializer.Serialize(whole[Math.Max(0, at - 30)..Math.Min(whole.Length, at + 40)]);
        return $"at {at}: {Around(text)} instead of {Around(wanted)}";
    }
}
