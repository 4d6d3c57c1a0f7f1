using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Secrets;

/// <summary>`secret rm`: continues after an error and returns its exit code.</summary>
internal static class SecretRemoveCommand
{
    public static Command Create(Session session)
    {
        var names = new Argument<string[]>("NAME") { Description = "Names of secrets", Arity = ArgumentArity.OneOrMore };
        var uid = new Option<uint?>("--uid") { Description = "Remove a secret of another user (admins)", HelpName = "UID" };
        var command = new Command(
            "rm",
            "Remove secrets\n\nA running job keeps the value that it has read; one that needs it later fails.\n\nExamples:\n  ilab secret rm openai"
        )
        {
            names,
            uid,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                return await EachObject.RunAsync(
                    session,
                    line.GetRequiredValue(names),
                    async name =>
                    {
                        var request = new RemoveSecretRequest { Name = name };
                        if (line.GetValue(uid) is { } owner)
                        {
                            request.Uid = owner;
                        }

                        await client.Secrets.RemoveAsync(request, cancellationToken: cancellationToken);
                        await session.Out.WriteLineAsync(name);
                    }
                );
            }
        );
        return command;
    }
}
