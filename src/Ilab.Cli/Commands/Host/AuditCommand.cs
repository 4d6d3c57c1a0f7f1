using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system audit`: who did what.</summary>
internal static class AuditCommand
{
    public static Command Create(Session session)
    {
        var since = new Option<string?>("--since") { Description = "Start time: 10m or 2h ago, or 2026-01-31T12:00:00Z", HelpName = "TIME" };
        var filter = CommonOptions.Filter("user, method, outcome", "-f");
        var format = new Option<string?>("--format") { Description = "json (the lines of the log) or a Go template", HelpName = "FORMAT" };
        var command = new Command(
            "audit",
            "Show the audit log: who did what, when, from where, and what came of it\n\nFor admins.\n\nExamples:\n"
                + "  ilab system audit --since 1d --filter outcome=PermissionDenied\n  ilab system audit --filter user=alice --format json"
        )
        {
            since,
            filter,
            format,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var request = new AuditRequest { Since = PointInTime.Parse(line.GetValue(since), TimeProvider.System.GetUtcNow()) };
                request.Filters.AddRange(line.GetValue(filter) ?? []);
                var template = line.GetValue(format) is { } text and not "json" ? new Template(text) : null;
                var client = await session.ClientAsync(cancellationToken);
                using var call = client.System.Audit(request, cancellationToken: cancellationToken);
                while (await call.ResponseStream.MoveNext(cancellationToken))
                {
                    var entry = call.ResponseStream.Current;
                    await session.Out.WriteLineAsync(line.GetValue(format) == "json" ? entry.Json : template?.Apply(Of(entry)) ?? Line(entry));
                }

                return 0;
            }
        );
        return command;
    }

    private static Data Of(AuditEntry entry) =>
        new Data()
            .Add("Time", entry.Time.ToDateTimeOffset())
            .Add("User", entry.User)
            .Add("Uid", entry.Uid)
            .Add("Pid", entry.Pid)
            .Add("From", entry.From)
            .Add("Method", entry.Method)
            .Add("Object", entry.Object)
            .Add("Outcome", entry.Outcome);

    private static string Line(AuditEntry entry) =>
        $"{entry.Time.ToDateTimeOffset():yyyy-MM-ddTHH:mm:ss.fffZ} {(entry.User.Length > 0 ? entry.User : $"uid {entry.Uid}")} (pid {entry.Pid}) "
        + $"{entry.Method.Replace("ilab.v1.", "", StringComparison.Ordinal)}{(entry.Object.Length > 0 ? " " + entry.Object : "")}: {entry.Outcome}";
}
