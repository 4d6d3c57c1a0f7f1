using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model rm`: goes on after an error, and ends with its exit code.</summary>
internal static class ModelRemoveCommand
{
    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("MODEL") { Description = "Names, digests or unique digest prefixes", Arity = ArgumentArity.ZeroOrMore };
        var force = new Option<bool>("--force", "-f") { Description = "Unload first, and remove every name when given by id" };
        var all = new Option<bool>("--all", "-a") { Description = "Remove all models" };
        var command = new Command("rm", "Remove models\n\nA name goes at once; the bytes go with the last name.\n\nExamples:\n  ilab model rm stories260k\n  ilab model rm --force 43c626bf29c3") { names, force, all };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(names) is { Length: > 0 }))
            {
                result.AddError(result.GetValue(all) ? "--all and names exclude each other" : "name the models to remove, or use --all");
            }
        });
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            IEnumerable<string> wanted = line.GetValue(names) ?? [];
            if (line.GetValue(all))
            {
                wanted = (await ModelListCommand.ReadAsync(client, [], cancellationToken)).Select(static model => model.Name.Length > 0 ? model.Name : model.Digest);
            }

            var code = 0;
            foreach (var name in wanted)
            {
                try
                {
                    var response = await client.Models.RemoveAsync(new RemoveModelRequest { Reference = name, Force = line.GetValue(force) }, cancellationToken: cancellationToken);
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
