using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system events`: as they happen, or those of a span of time.</summary>
internal static class EventsCommand
{
    public static Command Create(Session session)
    {
        var since = new Option<string?>("--since") { Description = "Start time: 10m or 2h ago, or 2026-01-31T12:00:00Z", HelpName = "TIME" };
        var until = new Option<string?>("--until") { Description = "End time, as for --since", HelpName = "TIME" };
        var filter = CommonOptions.Filter("type, event, name, id", "-f");
        var stream = new Option<bool>("--stream")
        {
            Description = "Wait for new events; --stream=false shows past events only",
            DefaultValueFactory = static _ => true,
        };
        var format = new Option<string?>("--format") { Description = "json (one object per line) or a Go template", HelpName = "FORMAT" };
        var command = new Command(
            "events",
            "Stream service events\n\nExamples:\n  ilab system events --since 1h --stream=false\n" + "  ilab system events --filter type=model --format json"
        )
        {
            since,
            until,
            filter,
            stream,
            format,
        };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var now = TimeProvider.System.GetUtcNow();
                var follow = line.GetValue(stream);
                var request = new EventsRequest
                {
                    Follow = follow,
                    Since = PointInTime.Parse(line.GetValue(since), now) ?? (follow ? null : DateTimeOffset.UnixEpoch.ToTimestamp()),
                    Until = PointInTime.Parse(line.GetValue(until), now),
                };
                request.Filters.AddRange(line.GetValue(filter) ?? []);
                var template = line.GetValue(format) is { } text and not "json" ? new Template(text) : null;
                using var call = client.System.Events(request, cancellationToken: cancellationToken);
                while (await call.ResponseStream.MoveNext(cancellationToken))
                {
                    var data = Of(call.ResponseStream.Current);
                    await session.Out.WriteLineAsync(
                        line.GetValue(format) == "json" ? JsonText.Of(data, indented: false) : template?.Apply(data) ?? Line(call.ResponseStream.Current)
                    );
                    await session.Out.FlushAsync(cancellationToken);
                }

                return 0;
            }
        );
        return command;
    }

    private static Data Of(Event entry) =>
        new Data()
            .Add("Time", entry.Time.ToDateTimeOffset())
            .Add("Type", entry.Type)
            .Add("Event", entry.Action)
            .Add("ID", entry.Id)
            .Add("Name", entry.Name)
            .Add("Attributes", LabelText.Of(entry.Attributes));

    private static string Line(Event entry) =>
        $"{entry.Time.ToDateTimeOffset():yyyy-MM-ddTHH:mm:ss.fffZ} {entry.Type} {entry.Action} {Human.ShortId(entry.Id)} ({string.Join(
            ", ", entry.Attributes.OrderBy(static pair => pair.Key, StringComparer.Ordinal)
                .Select(static pair => $"{pair.Key}={pair.Value}").Prepend($"name={entry.Name}"))})";
}
