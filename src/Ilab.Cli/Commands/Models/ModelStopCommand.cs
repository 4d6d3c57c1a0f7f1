using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model stop`: unloads.</summary>
internal static class ModelStopCommand
{
    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("MODEL") { Description = "Names, digests, digest prefixes or runner ids", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all", "-a") { Description = "Unload all models" };
        var force = new Option<bool>("--force", "-f") { Description = "End what they are writing" };
        var command = new Command("stop", "Unload models\n\nWhat they are writing is waited for, unless --force.\n\nExamples:\n  ilab model stop stories260k\n  ilab model stop --all") { names, all, force };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(names) is { Length: > 0 }))
            {
                result.AddError(result.GetValue(all) ? "--all and names exclude each other" : "name the models to unload, or use --all");
            }
        });
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var code = 0;
            foreach (var name in line.GetValue(all) ? [""] : line.GetRequiredValue(names))
            {
                try
                {
                    var response = await client.Inference.UnloadAsync(new UnloadModelRequest { Reference = name, All = line.GetValue(all), Force = line.GetValue(force) }, cancellationToken: cancellationToken);
                    foreach (var gone in response.Unloaded)
                    {
                        await session.Out.WriteLineAsync(gone);
                    }
                }
                catch (IlabException exception)
                {
                    await session.SayAsync(CliProgram.Line(exception));
                    code = exception.ExitCode;
                }
            }

            return code;
        });
        return command;
    }
}
