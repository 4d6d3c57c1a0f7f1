using System.CommandLine;

namespace Ilab.Cli.Commands.Model.Inference;

/// <summary>Puts definitions and actions of the talking verbs together.</summary>
public static class TalkVerbs
{
    /// <param name="open">The process around the verb, made when the command line was right.</param>
    public static Command Run(Func<CancellationToken, Task<TalkContext>> open)
    {
        var definition = new ModelRunDefinition();
        definition.Command.SetAction(async (line, cancellationToken) => await new ModelRunCommand(definition, await open(cancellationToken)).RunAsync(line, cancellationToken));
        return definition.Command;
    }

    /// <param name="open">The process around the verb, made when the command line was right.</param>
    /// <param name="name">`chat`, under `model` and as a flat alias.</param>
    public static Command Chat(Func<CancellationToken, Task<TalkContext>> open, string name = "chat")
    {
        var definition = new ModelChatDefinition(name);
        definition.Command.SetAction(async (line, cancellationToken) => await new ModelChatCommand(definition, await open(cancellationToken)).RunAsync(line, cancellationToken));
        return definition.Command;
    }

    /// <param name="open">The process around the verb, made when the command line was right.</param>
    public static Command Inference(Func<CancellationToken, Task<TalkContext>> open)
    {
        var definition = new ModelInferenceDefinition();
        definition.Command.SetAction(async (line, cancellationToken) => await new ModelInferenceCommand(definition, await open(cancellationToken)).RunAsync(line, cancellationToken));
        return definition.Command;
    }
}
