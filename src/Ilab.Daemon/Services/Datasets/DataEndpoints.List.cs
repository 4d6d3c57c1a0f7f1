using System.IO.Enumeration;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Datasets;

internal sealed partial class DataEndpoints
{
    public override async Task<ListDatasetsResponse> List(ListDatasetsRequest request, ServerCallContext context)
    {
        var filters = new Filters(request.Filters, "name", "id", "label", "source");
        var response = new ListDatasetsResponse();
        response.Datasets.AddRange(
            (await catalog.ListAsync(context.GetCaller(), context.CancellationToken))
                .Where(dataset =>
                    filters.Allows(
                        "name",
                        value => FileSystemName.MatchesSimpleExpression(value, dataset.Name) || dataset.Name.Contains(value, StringComparison.OrdinalIgnoreCase)
                    )
                    && filters.Allows(
                        "id",
                        value => dataset.Digest.Hex.StartsWith(value.Replace("sha256:", "", StringComparison.Ordinal), StringComparison.Ordinal)
                    )
                    && filters.Allows(
                        "label",
                        value => value.Split('=', 2) is var label && dataset.Labels.TryGetValue(label[0], out var set) && (label.Length == 1 || set == label[1])
                    )
                    && filters.Allows("source", value => dataset.Source.Split(':')[0] == value)
                )
                .Select(ToWire)
        );
        return response;
    }
}
