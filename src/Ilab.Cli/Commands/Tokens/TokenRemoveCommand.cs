using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Tokens;

/// <summary>`token rm`: continues after an error and returns its exit code.</summary>
internal static class TokenRemoveCommand
{
    public static Command Create(Session session)
    {
        var ids = new Argument<string[]>("ID") { Description = "Ids of tokens, or unique prefixes", Arity = ArgumentArity.OneOrMore };
        var command = new Command("rm", "Remove tokens\n\nA removed token is refused from the next request on.\n\nExamples:\n  ilab token rm 3f2a91c40b7d")
        {
            ids,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                return await EachObject.RunAsync(
                    session,
                    line.GetRequiredValue(ids),
                    async id =>
                    {
                        var removed = await client.Tokens.RemoveAsync(new RemoveTokenRequest { Id = id }, cancellationToken: cancellationToken);
                        await session.Out.WriteLineAsync(removed.Token.Id);
                    }
                );
            }
        );
        return command;
    }
}
