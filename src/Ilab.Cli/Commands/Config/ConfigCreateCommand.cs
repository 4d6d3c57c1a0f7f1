using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Config.Wizard;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Config;

/// <summary>`config create train|eval|infer`: makes a file by asking.</summary>
internal static class ConfigCreateCommand
{
    private const string Help = """
        Make a file for training, evaluation or inference

        On a terminal, asks three questions, shows the file, and asks where to save it and whether to run it. What an option gives is not asked; without
        a terminal nothing is. At each question ? explains, back returns to the question before, and quit or Ctrl-C ends without writing anything.

        Examples:
          ilab config create train
          ilab config create train --model granite --dataset facts.jsonl --training-type auto --output-file train.yaml --non-interactive
          ilab config create infer --from infer.yaml --advanced
          ilab config create eval --model granite --output-file -
        """;

    private static readonly string[] Kinds = ["train", "eval", "infer"];

    public static Command Create(Session session)
    {
        var options = new CreateOptions();
        var command = new Command("create", Help);
        options.AddTo(command);
        command.SetAction((line, cancellationToken) => RunAsync(session, options, line, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Session session, CreateOptions options, ParseResult line, CancellationToken cancellationToken)
    {
        var request = await options.ReadAsync(session, line, cancellationToken);
        var client = await session.ClientAsync(cancellationToken);
        var replace = options.Replaces(line);
        WizardResult? result;
        if (request.Silent)
        {
            result = (await client.Wizard.NextAsync(request, cancellationToken: cancellationToken)).Result;
            await WriteAsync(session, result, replace, cancellationToken);
            return await FinishAsync(session, result, cancellationToken);
        }

        var talk = new WizardTalk(session, async asked => await client.Wizard.NextAsync(asked, cancellationToken: cancellationToken), replace);
        while (true)
        {
            (var ended, result) = await talk.RunAsync(request, cancellationToken);
            if (ended is { } code)
            {
                await session.SayAsync("Nothing was written.");
                return code;
            }

            try
            {
                await WriteAsync(session, result!, replace, cancellationToken);
            }
            catch (IlabException exception) when (exception.Kind != ErrorKind.Cancelled)
            {
                if (talk.Return(request, exception.Text))
                {
                    continue; // all other answers count
                }

                throw;
            }

            return await FinishAsync(session, result!, cancellationToken);
        }
    }

    private static async Task WriteAsync(Session session, WizardResult result, bool replace, CancellationToken cancellationToken)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(result.Content);
        if (result.File == "-")
        {
            await session.Out.WriteAsync(result.Content);
        }
        else
        {
            try
            {
                await OutputFile.WriteAsync(result.File, replace, bytes, cancellationToken);
            }
            catch (IlabException exception) when (exception.Kind == ErrorKind.AlreadyExists)
            {
                throw new IlabException(
                    ErrorKind.AlreadyExists,
                    exception.Message,
                    "replace it with --force, or name another one with --output-file",
                    exception
                );
            }

            await session.Out.WriteLineAsync(result.File);
        }

        await session.Out.FlushAsync(cancellationToken);
    }

    private static async Task<int> FinishAsync(Session session, WizardResult result, CancellationToken cancellationToken)
    {
        foreach (var note in result.Notes)
        {
            await session.SayAsync($"Note: {note}");
        }

        if (result.Command.Count == 0 || result.File == "-")
        {
            return 0;
        }

        string[] next = [.. result.Command, result.File];
        if (!result.Run)
        {
            await session.SayAsync($"Next: ilab {string.Join(' ', next.Select(ShellWord.Of))}");
            return 0;
        }

        return await session.RunAsync(next, cancellationToken);
    }

    /// <summary>The kind that the command line names, as the service calls it.</summary>
    /// <exception cref="IlabException">INVALID_ARGUMENT: none, two, or one that there is not.</exception>
    public static WizardKind KindOf(string? argument, string? option)
    {
        if (argument is not null && option is not null && argument != option)
        {
            throw new IlabException(ErrorKind.InvalidArgument, $"{argument} and --type {option} exclude each other", "name one of them");
        }

        return (argument ?? option) switch
        {
            "train" => WizardKind.Train,
            "eval" => WizardKind.Evaluate,
            "infer" => WizardKind.Infer,
            null => throw new IlabException(ErrorKind.InvalidArgument, "what the file is for is missing", $"name one of {ChoiceOption.Join(Kinds)}"),
            var other => throw new IlabException(ErrorKind.InvalidArgument, $"KIND: expected {ChoiceOption.Join(Kinds)}, not \"{other}\""),
        };
    }
}
