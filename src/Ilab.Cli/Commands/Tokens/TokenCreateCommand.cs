using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Cli.Chat.Text;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Tokens;

/// <summary>`token create`: the only time that a token is shown.</summary>
internal static class TokenCreateCommand
{
    public static Command Create(Session session)
    {
        var name = CommonOptions.Text("--name", "Name that says what the token is for", "NAME");
        var scope = CommonOptions.Text("--scope", "What it may do, separated by commas: look, run, own, import, train, manage [default: look,run]", "SCOPES");
        var expires = CommonOptions.Text("--expires", "Lifetime such as 12h or 30d [default: until it is removed]", "DURATION");
        var command = new Command(
            "create",
            "Create a token for the HTTP APIs\n\nPrints the token, which the service does not keep and cannot show again. Whoever has it acts as you, "
                + "but may do no more than its scopes say.\n\nExamples:\n  ilab token create --name notebook --expires 30d\n"
                + "  OPENAI_API_KEY=$(ilab token create --scope look,run)"
        )
        {
            name,
            scope,
            expires,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var request = new CreateTokenRequest { Name = line.GetValue(name) ?? "" };
                request.Scopes.AddRange((line.GetValue(scope) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
                if (line.GetValue(expires) is { } lifetime)
                {
                    request.Lifetime = DurationText.Parse(lifetime).ToDuration();
                }

                var client = await session.ClientAsync(cancellationToken);
                var created = await client.Tokens.CreateAsync(request, cancellationToken: cancellationToken);
                await session.Out.WriteLineAsync(created.Secret);
                return 0;
            }
        );
        return command;
    }
}
