using System.Text.Json;
using Ilab.Jinja.Chat;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Runner.Prompts;
using Ilab.Testing;
using Xunit.Abstractions;

namespace Ilab.Runner.Tests.Prompts;

/// <summary>Prompts and tokens of a real model against transformers' own, control tokens in texts included.</summary>
[Collection(NativeCompute.Name)]
public sealed class SmolLm2PromptTests(ITestOutputHelper log)
{
    [SkippableFact]
    public void PromptsAndTokensAreThoseOfTransformers()
    {
        var shared = TestPaths.Shared ?? "";
        var (model, reference) = (Path.Combine(shared, "models", "SmolLM2-135M-Instruct.Q4_1.gguf"), Path.Combine(shared, "reference", "smollm2", "chat.json"));
        Skip.IfNot(File.Exists(model) && File.Exists(reference), "no ../shared: prompts of SmolLM2 are not compared");
        NativeLibraries.Load(TestPaths.NativeLibraries);
        using var vocabulary = LlamaModel.LoadVocabulary([model]);
        var template = new ModelTemplate(vocabulary);
        using var conversations = JsonDocument.Parse(File.ReadAllText(Path.Combine(shared, "reference", "templates", "conversations.json")));
        var byName = conversations.RootElement.EnumerateArray().ToDictionary(static entry => entry.GetProperty("id").GetString()!);
        using var expected = JsonDocument.Parse(File.ReadAllText(reference));
        var compared = 0;
        foreach (var entry in expected.RootElement.EnumerateArray())
        {
            var name = entry.GetProperty("conversation").GetString()!;
            if (!entry.TryGetProperty("ids", out var ids))
            {
                continue; // transformers fails there
            }

            var prompt = template.Render(InputOf(byName[name]));
            Assert.Equal((name, entry.GetProperty("text").GetString()), (name, prompt.Text));
            Assert.Equal(
                $"{name}: {string.Join(' ', ids.EnumerateArray().Select(static id => id.GetInt32()))}",
                $"{name}: {string.Join(' ', template.Tokenize(prompt))}"
            );
            compared++;
        }

        log.WriteLine($"{compared} prompts are equal");
        Assert.True(compared > 20);
    }

    internal static ChatInput InputOf(JsonElement conversation)
    {
        var arguments = conversation.GetProperty("args");
        var messages = conversation.GetProperty("messages").EnumerateArray().Select(static object? (message) => Message(message)).ToList();
        var known = new[] { "tools", "documents", "add_generation_prompt", "continue_final_message" };
        var variables = arguments.EnumerateObject().Where(argument => !known.Contains(argument.Name)).ToDictionary(static a => a.Name, static a => a.Value);
        return ChatJson.Conversation(messages, Raw("tools"), Raw("documents"), variables.Count > 0 ? JsonSerializer.Serialize(variables) : "") with
        {
            AddGenerationPrompt = Flag("add_generation_prompt"),
            ContinueFinalMessage = Flag("continue_final_message"),
        };

        string Raw(string name) => arguments.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetRawText() : "";
        bool Flag(string name) => arguments.TryGetProperty(name, out var value) && value.GetBoolean();
        static object Message(JsonElement message) => ChatJson.Message("", "", message.GetRawText());
    }
}
