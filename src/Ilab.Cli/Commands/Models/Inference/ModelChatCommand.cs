using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>`model chat`.</summary>
public sealed class ModelChatCommand(ModelChatDefinition definition, TalkContext context)
{
    public async Task<int> RunAsync(ParseResult line, CancellationToken cancellationToken)
    {
        ChatSession session = line.GetValue(definition.Load) is { } saved ? SavedChat.Load(SavedChat.PathOf(saved)) : new ChatSession("");
        if (line.GetValue(definition.Name) is { Length: > 0 } name)
            session.Model = name;
        if (session.Model.Length == 0)
            throw new IlabException(
                ErrorKind.InvalidArgument,
                $"the saved chat {line.GetValue(definition.Load)} names no model",
                "name one: ilab model chat MODEL --load ..."
            );
        if (line.GetValue(definition.System) is { } system)
            session.System = system;
        definition.Settings.Read(line, session.Settings);
        if (line.GetValue(definition.Variables) is { Length: > 0 } variables)
            session.Variables = TemplateVariables.Object(variables);

        // Checked first, so that a whole chat is not lost to a bad name.
        string? saveTo = line.GetValue(definition.Save) is { } target ? SavedChat.PathOf(target) : null;
        try
        {
            return await new ChatLoop(context).RunAsync(session, firstMessage: null, cancellationToken);
        }
        finally
        {
            if (saveTo is not null)
                SavedChat.Save(session, saveTo);
        }
    }
}
