using System.Threading.Channels;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Events;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task Import(ImportModelRequest request, IServerStreamWriter<ImportModelProgress> responseStream, ServerCallContext context)
    {
        var peer = context.GetPeer();
        var modelfile = ModelfileOf(request, peer);
        var options = new ImportOptions
        {
            Name = NullIfEmpty(request.Name),
            Labels = new Dictionary<string, string>(request.Labels),
            Replace = request.Replace,
            Link = request.Link,
            Caller = context.GetCaller(),
        };
        if (modelfile is { } file)
        {
            var made = await ImportModelfileAsync(file, options, peer, responseStream, context.CancellationToken);
            await AnnounceAsync(made, "import", responseStream, context.CancellationToken);
            return;
        }

        var model = await TellingAsync(
            progress => store.Importer.ImportAsync(request.Path, options, path => PeerFileAccess.Open(path, peer), progress, context.CancellationToken),
            responseStream,
            context.CancellationToken
        );
        await AnnounceAsync(model, "import", responseStream, context.CancellationToken);
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    /// <summary>Runs the work and reports its progress, without blocking on a slow reader.</summary>
    private static async Task<T> TellingAsync<T>(
        Func<Action<Transfer>, Task<T>> work,
        IServerStreamWriter<ImportModelProgress> stream,
        CancellationToken cancellationToken
    )
    {
        var channel = Channel.CreateBounded<Transfer>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });
        var running = Task.Run(
            async () =>
            {
                try
                {
                    return await work(transfer => channel.Writer.TryWrite(transfer));
                }
                finally
                {
                    channel.Writer.Complete();
                }
            },
            cancellationToken
        );
        try
        {
            await foreach (var transfer in channel.Reader.ReadAllAsync(cancellationToken))
            {
                await stream.WriteAsync(new ImportModelProgress { Progress = transfer.ToWire() }, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The work is cancelled as well and ends in order; its own result is what is reported.
        }

        return await running;
    }

    private async Task AnnounceAsync(ModelRecord model, string action, IServerStreamWriter<ImportModelProgress> stream, CancellationToken cancellationToken)
    {
        events.Publish("model", action, model.Digest.ToString(), model.Name, ("source", model.Source));
        using var resolved = await store.Catalog.ResolveAsync(model.Digest.ToString(), "import", cancellationToken);
        var summary = resolved.Summary;
        var done = new ImportModelProgress { Done = model.ToWire(IsLoaded) };
        if (ModelPurpose.Of(summary) is { } purpose)
        {
            done.Warning = $"the model is {ModelPurpose.Article(purpose)} {purpose}: it is stored, but cannot generate text";
        }
        else if (!KnownArchitectures.Contains(model.Architecture))
        {
            done.Warning = $"this engine cannot run the architecture \"{model.Architecture}\"; the model is stored but can only be used by other programs";
        }

        await stream.WriteAsync(done, cancellationToken);
    }
}
