using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    private const int PageSize = 1000;
    private volatile CachedPages _pages = new([], []);

    public override async Task List(ListModelsRequest request, IServerStreamWriter<ListModelsResponse> responseStream, ServerCallContext context)
    {
        var filters = new Filters(request.Filters, "name", "reference", "id", "architecture", "quantization", "label", "since", "before", "dangling");
        var loaded = inference.Loaded.Select(static model => model.Digest).ToHashSet();
        var all = await store.Catalog.ListAsync(context.GetCaller(), context.CancellationToken);
        foreach (var page in request.Filters.Count == 0 && loaded.Count == 0 ? WholeList(all) : Pages(all.Where(model => Fits(model, filters)), loaded))
        {
            await responseStream.WriteAsync(page, context.CancellationToken);
        }
    }

    /// <summary>The pages of the complete list, cached while the list is unchanged.</summary>
    private IReadOnlyList<ListModelsResponse> WholeList(IReadOnlyList<ModelRecord> models)
    {
        var kept = _pages;
        if (!ReferenceEquals(kept.Of, models))
        {
            _pages = kept = new CachedPages(models, [.. Pages(models, [])]);
        }

        return kept.Pages;
    }

    private static IEnumerable<ListModelsResponse> Pages(IEnumerable<ModelRecord> models, HashSet<string> loaded)
    {
        foreach (var page in models.Chunk(PageSize))
        {
            var response = new ListModelsResponse();
            response.Models.AddRange(page.Select(model => model.ToWire(digest => loaded.Count > 0 && loaded.Contains(digest.ToString()))));
            yield return response;
        }
    }

    private bool Fits(ModelRecord model, Filters filters)
    {
        var now = time.GetUtcNow();
        return NameFits("name")
            && NameFits("reference")
            && filters.Allows("id", value => model.Digest.Hex.StartsWith(value.Replace("sha256:", "", StringComparison.Ordinal), StringComparison.Ordinal))
            && filters.Allows("architecture", value => model.Architecture.Equals(value, StringComparison.OrdinalIgnoreCase))
            && filters.Allows("quantization", value => model.Quantization.Equals(value, StringComparison.OrdinalIgnoreCase))
            && filters.Allows(
                "label",
                value => value.Split('=', 2) is var label && model.Labels.TryGetValue(label[0], out var set) && (label.Length == 1 || set == label[1])
            )
            && filters.Allows("since", value => model.Created >= Filters.Time(value, now))
            && filters.Allows("before", value => model.Created < Filters.Time(value, now))
            && filters.Allows("dangling", value => model.Name.Length == 0 == (value == "true"));

        bool NameFits(string key) =>
            filters.Allows(
                key,
                value =>
                    System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(value, model.Name)
                    || model.Name.Contains(value, StringComparison.OrdinalIgnoreCase)
            );
    }

    private sealed record CachedPages(IReadOnlyList<ModelRecord> Of, IReadOnlyList<ListModelsResponse> Pages);
}
