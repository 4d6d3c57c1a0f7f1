using System.CommandLine;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>Connects definitions and actions of the verbs that generate text.</summary>
public static class TalkVerbs
{
    /// <param name="open">Opens the surroundings once the command line has been parsed.</param>
    /// <param name="session">Has the verb planned; null = there is nothing to do so.</param>
    internal static Command Run(Func<CancellationToken, Task<TalkContext>> open, Session? session = null)
    {
        var definition = new ModelRunDefinition();
        definition.Command.SetAction(
            async (line, cancellationToken) =>
                session is not null && definition.Plan.IsDryRun(line)
                    ? await definition.Plan.PlanAsync(
                        session,
                        line,
                        "model run",
                        line.GetRequiredValue(definition.Name),
                        line.GetValue(definition.Format) == "json",
                        cancellationToken
                    )
                    : await new ModelRunCommand(definition, await open(cancellationToken)).RunAsync(line, cancellationToken)
        );
        return definition.Command;
    }

    /// <param name="open">Opens the surroundings once the command line has been parsed.</param>
    public static Command Chat(Func<CancellationToken, Task<TalkContext>> open)
    {
        var definition = new ModelChatDefinition();
        definition.Command.SetAction(
            async (line, cancellationToken) => await new ModelChatCommand(definition, await open(cancellationToken)).RunAsync(line, cancellationToken)
        );
        return definition.Command;
    }

    /// <param name="open">Opens the surroundings once the command line has been parsed.</param>
    /// <param name="session">Has the verb planned; null = there is nothing to do so.</param>
    /// <param name="batch">Answers a file of requests; null = there is nothing to do so.</param>
    internal static Command Inference(
        Func<CancellationToken, Task<TalkContext>> open,
        Session? session = null,
        Func<ModelInferenceDefinition, ParseResult, CancellationToken, Task<int>>? batch = null
    )
    {
        var definition = new ModelInferenceDefinition();
        definition.Command.SetAction(
            async (line, cancellationToken) =>
                session is not null && definition.Plan.IsDryRun(line)
                    ? await definition.Plan.PlanAsync(session, line, "model inference", null, line.GetValue(definition.Format) == "json", cancellationToken)
                : batch is not null && definition.IsBatch(line) ? await batch(definition, line, cancellationToken)
                : await new ModelInferenceCommand(definition, await open(cancellationToken)).RunAsync(line, cancellationToken)
        );
        return definition.Command;
    }
}
