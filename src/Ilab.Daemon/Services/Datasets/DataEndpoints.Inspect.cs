using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Services.Datasets;

internal sealed partial class DataEndpoints
{
    public override async Task<InspectDatasetResponse> Inspect(InspectDatasetRequest request, ServerCallContext context)
    {
        using var dataset = await catalog.ResolveAsync(context.GetCaller(), request.Reference, "inspection", context.CancellationToken);
        var response = new InspectDatasetResponse
        {
            Dataset = ToWire(dataset.Record),
            Statistics = ToWire(dataset.Config.Statistics),
            Lineage = ToWire(dataset.Config.Lineage),
            ManifestJson = ByteString.CopyFrom(dataset.Manifest.Span).ToStringUtf8(),
        };
        response.Names.AddRange(await catalog.NamesAsync(dataset.Record.Digest, context.CancellationToken));
        response.Files.AddRange(
            dataset.Files.Select(file => new Api.V1.DatasetFile
            {
                Title = file.Title,
                MediaType = file.MediaType,
                Digest = file.Digest.ToString(),
                Size = (ulong)file.Size,
                Path = dataset.PathOf(file.Title),
            })
        );
        return response;
    }

    private static Api.V1.DatasetStatistics ToWire(Data.Datasets.DatasetStatistics statistics)
    {
        var wire = new Api.V1.DatasetStatistics
        {
            Samples = (ulong)statistics.Samples,
            Messages = (ulong)statistics.Messages,
            Characters = (ulong)statistics.Characters,
            Words = (ulong)statistics.Words,
            Duplicates = (ulong)statistics.Duplicates,
        };
        wire.Roles.Add(statistics.Roles.ToDictionary(static role => role.Key, static role => (ulong)role.Value));
        wire.Bounds.AddRange(Data.Datasets.DatasetStatistics.Bounds.Select(static bound => (uint)bound));
        wire.UserWords.AddRange(statistics.UserWords.Select(static count => (ulong)count));
        wire.AssistantWords.AddRange(statistics.AssistantWords.Select(static count => (ulong)count));
        return wire;
    }

    private static Api.V1.DatasetLineage ToWire(Data.Datasets.DatasetLineage lineage)
    {
        var wire = new Api.V1.DatasetLineage
        {
            Kind = lineage.Kind,
            TaxonomyCommit = lineage.TaxonomyCommit,
            Teacher = lineage.Teacher,
            TeacherDigest = lineage.TeacherDigest,
            Pipeline = lineage.Pipeline,
            PipelineDigest = lineage.PipelineDigest,
        };
        if (lineage.Seed is { } seed)
        {
            wire.Seed = seed;
        }

        wire.Inputs.AddRange(lineage.Inputs.Select(static input => new Api.V1.LineageInput { Name = input.Name, Digest = input.Digest }));
        wire.Parameters.Add(lineage.Parameters);
        return wire;
    }
}
