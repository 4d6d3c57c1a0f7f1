using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data ls`.</summary>
internal static class DataListCommand
{
    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var filter = CommonOptions.Filter("name, id, label, source (import, generate, mix)", "-f");
        var command = new Command(
            "ls",
            "List datasets\n\nExamples:\n  ilab data ls\n  ilab data ls --filter source=generate --format '{{.Name}}\\t{{.Samples}}'"
        );
        command.Options.Add(filter);
        list.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var datasets = await ReadAsync(await session.ClientAsync(cancellationToken), line.GetValue(filter) ?? [], cancellationToken);
                var now = TimeProvider.System.GetUtcNow();
                var full = line.GetValue(list.NoTrunc);
                Column[] columns =
                [
                    new("NAME", static row => row.Text("Name") is { Length: > 0 } name ? name : "<none>"),
                    new("ID", row => row.Text(full ? "Digest" : "ID")),
                    new("SAMPLES", static row => row.Number("Samples").ToString(System.Globalization.CultureInfo.InvariantCulture)),
                    new("SIZE", static row => Human.Size(row.Number("Size"))),
                    new("SOURCE", static row => row.Text("Source")),
                    new("CREATED", row => row.TryGet("Created", out var created) && created is DateTimeOffset time ? Human.Ago(time, now) : ""),
                ];
                await list.WriteAsync(
                    session,
                    line,
                    [.. datasets.Select(DatasetData.Of)],
                    columns,
                    row => row.Text("Name") is { Length: > 0 } name && !full ? name : row.Text(full ? "Digest" : "ID")
                );
                return 0;
            }
        );
        return command;
    }

    public static async Task<IReadOnlyList<Dataset>> ReadAsync(IlabClient client, IEnumerable<string> filters, CancellationToken cancellationToken)
    {
        var request = new ListDatasetsRequest();
        request.Filters.AddRange(filters);
        return (await client.Data.ListAsync(request, cancellationToken: cancellationToken)).Datasets;
    }
}
