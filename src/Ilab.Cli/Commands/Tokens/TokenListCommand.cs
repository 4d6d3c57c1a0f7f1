using System.CommandLine;
using System.Globalization;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Tokens;

/// <summary>`token ls`: what tokens there are, never the tokens themselves.</summary>
internal static class TokenListCommand
{
    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var command = new Command(
            "ls",
            "List tokens\n\nShows your tokens by their ids, never the tokens themselves; admins see those of all users.\n\nExamples:\n  ilab token ls"
        );
        list.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var tokens = (await client.Tokens.ListAsync(new ListTokensRequest(), cancellationToken: cancellationToken)).Tokens;
                var now = TimeProvider.System.GetUtcNow();
                Column[] columns =
                [
                    new("ID", static row => row.Text("Id")),
                    new("NAME", static row => row.Text("Name")),
                    new("SCOPES", static row => row.Text("Scopes")),
                    new("UID", static row => row.Number("Uid").ToString(CultureInfo.InvariantCulture)),
                    new("CREATED", row => row.TryGet("Created", out var created) && created is DateTimeOffset time ? Human.Ago(time, now) : ""),
                    new("EXPIRES", row => row.TryGet("Expires", out var expires) && expires is DateTimeOffset time ? Expiry(time, now) : "never"),
                ];
                await list.WriteAsync(session, line, [.. tokens.Select(Of)], columns, static row => row.Text("Id"));
                return 0;
            }
        );
        return command;
    }

    private static string Expiry(DateTimeOffset time, DateTimeOffset now) =>
        time <= now ? "expired" : time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static Data Of(Token token) =>
        new Data()
            .Add("Id", token.Id)
            .Add("Name", token.Name)
            .Add("Scopes", string.Join(',', token.Scopes))
            .Add("Uid", (ulong)token.Uid)
            .Add("Created", token.Created?.ToDateTimeOffset())
            .Add("Expires", token.Expires?.ToDateTimeOffset());
}
