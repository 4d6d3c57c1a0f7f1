using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model rm`: continues after an error and returns its exit code.</summary>
internal static class ModelRemoveCommand
{
    private const string Help = """
        Remove models

        Removes the name; data is deleted when no name refers to it. --all asks first, unless --force is given.

        Examples:
          ilab model rm stories260k
          ilab model rm --force 43c626bf29c3
        """;

    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("MODEL") { Description = CommonOptions.References, Arity = ArgumentArity.ZeroOrMore };
        var force = CommonOptions.Force("Unload first, remove every name when given by id, and do not ask for confirmation");
        var all = new Option<bool>("--all", "-a") { Description = "Remove all models" };
        var command = new Command("rm", Help) { names, force, all };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(names) is { Length: > 0 }))
            {
                result.AddError(result.GetValue(all) ? "--all and names exclude each other" : "name the models to remove, or use --all");
            }
        });
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                string[] wanted = line.GetValue(names) ?? [];
                if (line.GetValue(all))
                {
                    wanted =
                    [
                        .. (await ModelListCommand.ReadAsync(client, [], cancellationToken)).Select(static model =>
                            model.Name.Length > 0 ? model.Name : model.Digest
                        ),
                    ];
                    if (
                        wanted.Length > 0
                        && !line.GetValue(force)
                        && !await Confirm.AskAsync(session, $"This removes all models ({wanted.Length}).", "--force", cancellationToken)
                    )
                    {
                        return 0;
                    }
                }

                return await EachObject.RunAsync(
                    session,
                    wanted,
                    async name =>
                    {
                        var response = await client.Models.RemoveAsync(
                            new RemoveModelRequest { Reference = name, Force = line.GetValue(force) },
                            cancellationToken: cancellationToken
                        );
                        foreach (var removed in response.Untagged.Concat(response.Deleted))
                        {
                            await session.Out.WriteLineAsync(removed);
                        }
                    }
                );
            }
        );
        return command;
    }
}
