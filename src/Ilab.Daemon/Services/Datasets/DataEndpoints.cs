using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;
using Ilab.Data.Datasets;
using Ilab.Data.Mixing;
using Ilab.Engine.Events;
using Ilab.Engine.Jobs;
using Ilab.Engine.Secrets;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Daemon.Services.Datasets;

/// <summary>ilab.v1.DataService; one file per call.</summary>
internal sealed partial class DataEndpoints(DatasetCatalog catalog, DataParts parts, ModelCatalog models, JobManager jobs, SecretStore secrets, EventBus events)
    : DataService.DataServiceBase
{
    internal static Dataset ToWire(DatasetRecord record)
    {
        var dataset = new Dataset
        {
            Name = record.Name,
            Digest = record.Digest.ToString(),
            Size = (ulong)record.Size,
            Samples = (ulong)record.Samples,
            Created = record.Created.ToTimestamp(),
            Source = record.Source,
            Uid = record.Uid,
        };
        dataset.Labels.Add(record.Labels.ToDictionary());
        return dataset;
    }
}

/// <summary>The services that create datasets.</summary>
internal sealed record DataParts(DatasetImporter Importer, DatasetMixer Mixer);
