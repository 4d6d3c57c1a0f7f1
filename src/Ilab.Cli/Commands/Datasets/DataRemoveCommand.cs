using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data rm`: goes on after an error, and ends with its exit code.</summary>
internal static class DataRemoveCommand
{
    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("DATASET") { Description = "Names, digests or unique digest prefixes", Arity = ArgumentArity.OneOrMore };
        var force = new Option<bool>("--force", "-f") { Description = "Also when it is in use, and every name when given by id" };
        var command = new Command("rm", "Remove datasets\n\nA name goes at once; the bytes go with the last name.\n\nExample:\n  ilab data rm birds") { names, force };
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var code = 0;
            foreach (var name in line.GetRequiredValue(names))
            {
                try
                {
                    var response = await client.Data.RemoveAsync(new RemoveDatasetRequest { Reference = name, Force = line.GetValue(force) }, cancellationToken: cancellationToken);
                    foreach (var gone in response.Untagged.Concat(response.Deleted))
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
