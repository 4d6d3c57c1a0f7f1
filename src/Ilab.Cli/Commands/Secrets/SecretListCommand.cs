using System.CommandLine;
using System.Globalization;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Secrets;

/// <summary>`secret ls`: names, never values.</summary>
internal static class SecretListCommand
{
    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var command = new Command(
            "ls",
            "List secrets\n\nShows the names of your secrets, never their values; admins see those of all users.\n\nExamples:\n  ilab secret ls"
        );
        list.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var secrets = (await client.Secrets.ListAsync(new ListSecretsRequest(), cancellationToken: cancellationToken)).Secrets;
                var now = TimeProvider.System.GetUtcNow();
                Column[] columns =
                [
                    new("NAME", static row => row.Text("Name")),
                    new("UID", static row => row.Number("Uid").ToString(CultureInfo.InvariantCulture)),
                    new("CREATED", row => row.TryGet("Created", out var created) && created is DateTimeOffset time ? Human.Ago(time, now) : ""),
                ];
                await list.WriteAsync(session, line, [.. secrets.Select(Of)], columns, static row => row.Text("Name"));
                return 0;
            }
        );
        return command;
    }

    private static Data Of(Secret secret) =>
        new Data().Add("Name", secret.Name).Add("Uid", (ulong)secret.Uid).Add("Created", secret.Created?.ToDateTimeOffset());
}
