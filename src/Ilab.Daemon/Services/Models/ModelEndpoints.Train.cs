using System.Runtime.CompilerServices;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Training;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task<TrainModelResponse> Train(TrainModelRequest request, ServerCallContext context)
    {
        var peer = context.GetPeer();
        var name =
            request.Name.Length > 0
                ? ModelName.Parse(request.Name)
                : throw new EngineException(ErrorKind.InvalidArgument, "the trained model needs a name", "set it with --tag");
        var model = await store.Catalog.FindGeneratorAsync(context.GetCaller(), request.Base, context.CancellationToken);
        await store.Catalog.RequireFreeAsync(context.GetCaller(), name.ToString(), request.Replace, context.CancellationToken);
        using (var resolved = await store.Catalog.ResolveAsync(context.GetCaller(), request.Base, "a training that is submitted", context.CancellationToken))
        {
            TrainingKinds.Require(resolved);
        }

        using var held = new LeaseGroup(store.Leases, "a training that is submitted");
        var data = await ReadDataAsync(request, held, peer, context.GetCaller(), context.CancellationToken);
        var (spec, choices) = await trainings.ReadAsync(
            context.GetCaller(),
            request.Base,
            request.Options ?? new TrainingOptions(),
            () => File.OpenRead(store.Content.BlobPath(data)),
            context.CancellationToken
        );
        var train = new TrainRequest
        {
            Base = model.Digest.ToString(),
            BaseName = model.Name.Length > 0 ? model.Name : model.Digest.Short,
            Data = data.ToString(),
            DataName = request.DataName,
            Name = name.ToString(),
            Replace = request.Replace,
            FromJob = request.FromJob.Length > 0 ? (await jobs.FindOwnAsync(context.GetCaller(), request.FromJob, context.CancellationToken)).Id : "",
            Labels = new Dictionary<string, string>(request.Labels),
            Options = spec,
            Choices = choices,
        };
        if (train.Options.IsDeviceGiven)
        {
            DeviceChoice.Require(train.Options.Device, devices.Snapshot());
        }

        var job = await jobs.CreateAsync(
            new NewJob(
                TrainHandler.JobKind,
                $"train {train.BaseName} on {train.DataName}",
                TrainHandler.ToJson(train),
                request.RequestId,
                context.GetCaller(),
                train.Labels
            ),
            context.CancellationToken
        );
        return new TrainModelResponse { JobId = job.Id };
    }

    /// <summary>The records, in the store: the training does not depend on the file, and invalid ones are refused before there is a job.</summary>
    private async Task<Digest> ReadDataAsync(TrainModelRequest request, LeaseGroup held, PeerIdentity peer, Caller caller, CancellationToken cancellationToken)
    {
        if (request.Dataset.Length > 0)
        {
            using var dataset = await store.Datasets.ResolveAsync(caller, request.Dataset, "a training", cancellationToken);
            var digest = dataset.File(null).Digest;
            held.Add(digest);
            return digest;
        }

        if (request.Data.Length > 0 || request.DataPath.Length == 0)
        {
            using var sent = new MemoryStream(request.Data.ToByteArray());
            return await store.DatasetImporter.StoreForTrainingAsync(request.DataName, ChunksAsync(sent, cancellationToken), held, cancellationToken);
        }

        using var handle = PeerFileAccess.Open(request.DataPath, peer);
        await using var file = new FileStream(handle, FileAccess.Read);
        var name = request.DataName.Length > 0 ? request.DataName : Path.GetFileName(request.DataPath);
        return await store.DatasetImporter.StoreForTrainingAsync(name, ChunksAsync(file, cancellationToken), held, cancellationToken);
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ChunksAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 18];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0; )
        {
            yield return buffer.AsMemory(0, read);
        }
    }
}
