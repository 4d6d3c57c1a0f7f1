using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model ls`.</summary>
internal static class ModelListCommand
{
    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var filter = CommonOptions.Filter("name, id, architecture, quantization, label, since, before, dangling", "-f");
        var sort = new ChoiceOption("--sort", "created", "name", "size") { Description = "Sort key", Default = "created" };
        var command = new Command(
            "ls",
            "List models\n\nExamples:\n  ilab model ls\n  ilab model ls --filter architecture=llama --sort size\n"
                + "  ilab model ls --format '{{.Name}}\\t{{.Size}}'"
        );
        command.Options.Add(filter);
        command.Options.Add(sort);
        list.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var models = await ReadAsync(client, line.GetValue(filter) ?? [], cancellationToken);
                models = line.GetValue(sort) switch
                {
                    "name" => [.. models.OrderBy(static model => model.Name, StringComparer.Ordinal)],
                    "size" => [.. models.OrderByDescending(static model => model.Size)],
                    _ => models,
                };
                var now = TimeProvider.System.GetUtcNow();
                var full = line.GetValue(list.NoTrunc);
                Column[] columns =
                [
                    new("NAME", static row => row.Text("Name") is { Length: > 0 } name ? name : "<none>"),
                    new("ID", row => row.Text(full ? "Digest" : "ID")),
                    new("SIZE", static row => Human.Size(row.Number("Size"))),
                    new("QUANT", static row => row.Text("Quantization")),
                    new("PARAMS", static row => Human.Count(row.Number("Parameters"))),
                    new("CREATED", row => row.TryGet("Created", out var created) && created is DateTimeOffset time ? Human.Ago(time, now) : ""),
                ];
                await list.WriteAsync(
                    session,
                    line,
                    [.. models.Select(ModelData.Of)],
                    columns,
                    row => row.Text("Name") is { Length: > 0 } name && !full ? name : row.Text(full ? "Digest" : "ID")
                );
                return 0;
            }
        );
        return command;
    }

    public static async Task<List<Api.V1.Model>> ReadAsync(IlabClient client, IEnumerable<string> filters, CancellationToken cancellationToken)
    {
        var request = new ListModelsRequest();
        request.Filters.AddRange(filters);
        using var call = client.Models.List(request, cancellationToken: cancellationToken);
        var models = new List<Api.V1.Model>();
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            models.AddRange(call.ResponseStream.Current.Models);
        }

        return models;
    }
}
