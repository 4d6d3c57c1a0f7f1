using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Chat;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>`model run`: one answer, or a chat.</summary>
public sealed class ModelRunCommand(ModelRunDefinition definition, TalkContext context)
{
    public async Task<int> RunAsync(ParseResult line, CancellationToken cancellationToken)
    {
        var session = new ChatSession(line.GetRequiredValue(definition.Name)) { System = line.GetValue(definition.System) ?? "" };
        definition.Settings.Read(line, session.Settings);
        session.Variables = TemplateVariables.Object(line.GetValue(definition.Variables));
        bool interactive = line.GetValue(definition.Interactive);
        string[] words = line.GetValue(definition.Prompt) ?? [];
        string? prompt = interactive
            ? words.Length > 0
                ? string.Join(' ', words)
                : null
            : await PromptInput.FromWordsAndPipeAsync(words, context, cancellationToken);
        if (interactive || prompt is null)
            return await new ChatLoop(context).RunAsync(session, prompt, cancellationToken);

        ICompletionOutput output = line.GetValue(definition.Format) == "json" ? new JsonOutput(context.Console) : new TextOutput(context.Console, stream: true);
        Answer answer = await Completion.RunAsync(Request(session, prompt, line.GetValue(definition.Raw)), output, context, cancellationToken);
        if (line.GetValue(definition.Verbose) && answer.Finished is { } finished)
        {
            foreach (string figures in FinishText.Timings(finished))
                await context.Console.SayAsync(figures, cancellationToken);
        }

        return 0;
    }

    private static GenerateRequest Request(ChatSession session, string prompt, bool raw)
    {
        GenerateRequest request = session.Ask(prompt);
        if (raw)
            request.Prompt = prompt; // replaces the conversation
        return request;
    }
}
