using System.Collections.Concurrent;
using Ilab.Gguf;
using Ilab.Jinja.Chat;
using Ilab.Native.Llama;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Prompts;

namespace Ilab.Runner.Inference;

/// <summary>Tokenizes the input of a request: a raw prompt, or a conversation rendered with the model's chat template.</summary>
internal sealed class PromptRenderer(LlamaModel model)
{
    private const string ChatTemplate = "tokenizer.chat_template";
    private const string EarlierAnswer = "answer-6d1f0c7e92b34a58"; // stands for one

    /// <summary>By the file of the adapter; empty = without one. An adapter that was trained on a model without a template has one.</summary>
    private readonly ConcurrentDictionary<string, ModelTemplate> _templates = new(StringComparer.Ordinal);

    /// <summary>Adds what ends an answer to the stop strings if the prompt has no other end of a turn.</summary>
    /// <param name="request">The request.</param>
    /// <param name="contextLength">Tokens per sequence.</param>
    /// <exception cref="RunnerException">INVALID_ARGUMENT; CANNOT_LOAD: an adapter cannot be read.</exception>
    public RenderedPrompt Render(Submit request, int contextLength)
    {
        if (request.TokenPrompt is { } given)
        {
            RequireTokens(given.Tokens, model.Vocabulary);
            return new RenderedPrompt([.. given.Tokens], "", "");
        }

        if (request.InputCase != Submit.InputOneofCase.Conversation)
        {
            return new RenderedPrompt(model.Vocabulary.Tokenize(request.Prompt, addSpecial: true, parseSpecial: true), "", "");
        }

        var adapter = request.Adapters.FirstOrDefault("");
        var before = request.Conversation.Before;
        var prompt = before.Count > 0 ? RenderAfter(request.Conversation, adapter) : Render(request.Conversation, isAnswered: true, adapter);
        if (prompt.Template == ChatPrompt.Plain)
        {
            request.Stop.Add(PlainTemplate.UserTurn);
        }

        if (before.Count > 0)
        {
            RequireTokens(before, model.Vocabulary);
            return new RenderedPrompt([.. before, .. Template("").TokenizeAfter(EarlierAnswer, prompt)], prompt.Template, prompt.Warning)
            {
                Thinks = prompt.Thinks,
            };
        }

        var tokens = Tokenize(prompt);
        var longest = new OldestTurns(contextLength).LongestPrompt((int)Math.Min(request.MaxTokens, int.MaxValue));
        if (!request.Conversation.DropOldest || tokens.Length <= longest)
        {
            return new RenderedPrompt(tokens, prompt.Template, prompt.Warning) { Thinks = prompt.Thinks };
        }

        var (rest, leftOut) = OldestTurns.Fit(request.Conversation, longest, part => Tokenize(Render(part, isAnswered: true, adapter)).Length);
        prompt = Render(rest, isAnswered: true, adapter);
        return new RenderedPrompt(Tokenize(prompt), prompt.Template, prompt.Warning, leftOut) { Thinks = prompt.Thinks };
    }

    /// <summary>What comes after an earlier answer: what the template puts behind a stand-in for it. Instructions are not said again.</summary>
    /// <exception cref="RunnerException">INVALID_ARGUMENT: the template does not show earlier answers.</exception>
    private ChatPrompt RenderAfter(Conversation conversation, string adapter)
    {
        if (Render(conversation, isAnswered: true, adapter) is { Template: "" } text)
        {
            return text; // it is completed as it is
        }

        var whole = conversation.Clone();
        whole.Messages.Insert(0, new Message { Role = "user", Content = "question" });
        whole.Messages.Insert(1, new Message { Role = "assistant", Content = EarlierAnswer });
        return Render(whole, isAnswered: true, adapter).After(EarlierAnswer)
            ?? throw new RunnerException(RunnerErrors.InvalidArgument, "the chat template of this model shows no earlier answers: send the whole conversation");
    }

    /// <param name="conversation">The conversation.</param>
    /// <param name="isAnswered">Whether the prompt ends with the beginning of an answer.</param>
    /// <param name="adapter">File of the adapter in use; empty = none.</param>
    /// <exception cref="RunnerException">INVALID_ARGUMENT; CANNOT_LOAD: the adapter cannot be read.</exception>
    public ChatPrompt Render(Conversation conversation, bool isAnswered, string adapter)
    {
        try
        {
            var messages = conversation.Messages.Select(static object? (message) => ChatJson.Message(message.Role, message.Content, message.Fields)).ToList();
            var input = ChatJson.Conversation(messages, conversation.Tools, conversation.Documents, conversation.Variables) with
            {
                AddGenerationPrompt = isAnswered && !conversation.ContinueLast,
                ContinueFinalMessage = conversation.ContinueLast,
            };
            return Template(adapter).Render(input);
        }
        catch (FormatException exception)
        {
            throw new RunnerException(RunnerErrors.InvalidArgument, exception.Message);
        }
    }

    /// <exception cref="RunnerException">INVALID_ARGUMENT: one of them is not a token of the vocabulary.</exception>
    public static void RequireTokens(IEnumerable<int> tokens, Vocabulary vocabulary)
    {
        foreach (var token in tokens)
        {
            if (token < 0 || token >= vocabulary.Count)
            {
                throw new RunnerException(RunnerErrors.InvalidArgument, $"{token} is not a token of this model; it has tokens 0 to {vocabulary.Count - 1}");
            }
        }
    }

    public int[] Tokenize(ChatPrompt prompt) => Template("").Tokenize(prompt);

    private ModelTemplate Template(string adapter) => _templates.GetOrAdd(adapter, file => new ModelTemplate(model, file.Length > 0 ? TemplateOf(file) : null));

    private static string? TemplateOf(string adapter)
    {
        try
        {
            return GgufFile.Read(adapter).GetString(ChatTemplate);
        }
        catch (Exception exception) when (exception is GgufException or IOException or UnauthorizedAccessException)
        {
            throw new RunnerException(RunnerErrors.CannotLoad, exception.Message);
        }
    }
}

/// <summary>A prompt ready to decode. <paramref name="Template"/> is empty for a text that is completed as it is.</summary>
/// <param name="LeftOut">Number of messages left out.</param>
internal sealed record RenderedPrompt(int[] Tokens, string Template, string Warning, int LeftOut = 0)
{
    /// <summary>Whether the answer begins inside a thought.</summary>
    public bool Thinks { get; init; }
}
