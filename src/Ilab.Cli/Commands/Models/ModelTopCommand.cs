using System.CommandLine;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model top`: what loaded models are doing, live.</summary>
internal static class ModelTopCommand
{
    /// <summary>Cursor to the first line, and nothing left of the last table.</summary>
    private const string Clear = "\x1b[H\x1b[2J";

    private const double ShortestInterval = 0.1;

    private static readonly Column[] Columns =
    [
        new("NAME", static row => row.Text("Name")),
        new("TOKENS/S", static row => Rate(row, "GeneratedRate")),
        new("PROMPT/S", static row => Rate(row, "PromptRate")),
        new("SLOTS", static row => $"{Count(row, "Running")}/{Count(row, "Parallel")}"),
        new("QUEUE", static row => $"{Count(row, "Waiting")}"),
        new("KV", Cache),
        new("THREADS", ModelPsCommand.Threads),
        new("MEMORY", static row => Human.Size(row.Number("Resident"))),
        new("DEVICE", ModelData.Device),
        new("STATE", static row => row.Text("State")),
    ];

    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var noStream = new Option<bool>("--no-stream") { Description = "Print one table and exit" };
        var interval = new Option<double>("--interval", "-i")
        {
            Description = "Seconds between two tables, at least 0.1",
            HelpName = "SECONDS",
            DefaultValueFactory = static _ => 1,
        };
        interval.Validators.Add(static result =>
        {
            if (result.Tokens.Count > 0 && !(result.GetValueOrDefault<double>() >= ShortestInterval))
            {
                result.AddError("--interval: at least 0.1");
            }
        });
        var command = new Command(
            "top",
            "Show what loaded models are doing\n\n"
                + "TOKENS/S are tokens of answers and PROMPT/S tokens of prompts in the last interval, SLOTS the requests that are answered of those "
                + "that can be at once, QUEUE those that wait, KV the tokens in the cache of its room. "
                + "MEMORY is what the process of the model has resident. On a terminal the table is "
                + "redrawn until Ctrl-C.\n\nExamples:\n  ilab model top\n  ilab model top --no-stream --format json"
        )
        {
            noStream,
            interval,
        };
        list.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var request = new ActivityRequest { Interval = Duration.FromTimeSpan(TimeSpan.FromSeconds(line.GetValue(interval))) };
                using var call = client.Inference.Activity(request, cancellationToken: cancellationToken);
                var redraws = session.OutIsTerminal && !line.GetValue(noStream) && line.GetValue(list.Format) is not "json";

                // The first one has no rates.
                for (var count = 0; await call.ResponseStream.MoveNext(cancellationToken); count++)
                {
                    if (count == 0 && !redraws && call.ResponseStream.Current.Models.Count > 0)
                    {
                        continue;
                    }

                    await session.Out.WriteAsync(redraws ? Clear : "");
                    await list.WriteAsync(session, line, [.. call.ResponseStream.Current.Models.Select(ModelData.Of)], Columns, static row => row.Text("Name"));
                    await session.Out.FlushAsync(cancellationToken);
                    if (line.GetValue(noStream))
                    {
                        break;
                    }
                }

                return 0;
            }
        );
        return command;
    }

    private static string Rate(Data row, string field) =>
        row.TryGet(field, out var value) && value is double rate ? rate.ToString(rate < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) : "-";

    private static uint Count(Data row, string field) => row.TryGet(field, out var value) && value is uint count ? count : 0;

    private static string Cache(Data row)
    {
        var cells = row.Number("CacheCells");
        return cells == 0 ? "" : $"{row.Number("CacheUsed")}/{cells} ({100 * row.Number("CacheUsed") / cells} %)";
    }
}
