using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Conversion;
using Ilab.Gguf.Conversion;
using ErrorKind = Ilab.Engine.Errors.ErrorKind;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    public override async Task<ConvertModelResponse> Convert(ConvertModelRequest request, ServerCallContext context)
    {
        var (peer, caller) = (context.GetPeer(), context.GetCaller());
        var convert = new ConvertRequest
        {
            Path = NullIfEmpty(request.Path),
            Model = await DigestOfAsync(caller, request.Reference, context.CancellationToken),
            To =
                request.To.Length > 0 ? request.To
                : request.Path.Length > 0 ? ConvertRequest.ToGguf
                : ConvertRequest.ToSafetensors,
            Type = NullIfEmpty(request.Type),
            Name = NullIfEmpty(request.Name),
            Output = NullIfEmpty(request.Output),
            Tokenizer = NullIfEmpty(request.Tokenizer),
            Base = await DigestOfAsync(caller, request.Base, context.CancellationToken),
            Replace = request.Replace,
            Labels = new Dictionary<string, string>(request.Labels),
        };
        Check(convert, peer);
        if (convert.Name is { } name)
        {
            await store.Catalog.RequireFreeAsync(caller, name, replace: true, context.CancellationToken);
        }

        var job = await jobs.CreateAsync(
            new NewJob(
                ConvertHandler.JobKind,
                $"convert {(request.Path.Length > 0 ? request.Path : request.Reference)} to {convert.To}",
                ConvertHandler.ToJson(convert),
                request.RequestId,
                caller,
                convert.Labels
            ),
            context.CancellationToken
        );
        return new ConvertModelResponse { JobId = job.Id };
    }

    private static void Check(ConvertRequest request, PeerIdentity peer)
    {
        if (request.To is not (ConvertRequest.ToGguf or ConvertRequest.ToSafetensors))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"unknown output format {request.To}", "use gguf or safetensors");
        }

        if (request.Type is { } type && !FileTypes.TryParse(type, out _))
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"unknown weight type {type}",
                $"use one of {string.Join(", ", FileTypes.Names)}; 'ilab model quantize' supports more"
            );
        }

        if (request.Name is { } name)
        {
            ModelName.Parse(name);
        }

        if (request.To == ConvertRequest.ToSafetensors)
        {
            CheckExport(request, peer);
            return;
        }

        if (request.Path is null)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                "models in the store are already GGUF",
                "use --to safetensors, or 'ilab model quantize' for another type"
            );
        }

        PeerFileAccess.Check(request.Path, peer);
        if (request.Tokenizer is { } tokenizer)
        {
            PeerFileAccess.Check(tokenizer, peer);
        }
    }

    private static void CheckExport(ConvertRequest request, PeerIdentity peer)
    {
        if (request.Model is null)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                "only models in the store can be converted to safetensors",
                "import the GGUF file first with 'ilab model import'"
            );
        }

        if (request.Output is not { } output || !Path.IsPathRooted(output))
        {
            throw new EngineException(ErrorKind.InvalidArgument, "safetensors output requires a directory", "set it with --output");
        }

        PeerFileAccess.CheckForWriting(peer);
    }

    private async Task<string?> DigestOfAsync(Caller caller, string reference, CancellationToken cancellationToken) =>
        reference.Length == 0 ? null : (await store.Catalog.FindAsync(caller, reference, cancellationToken)).Digest.ToString();
}
