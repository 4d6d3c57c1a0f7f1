using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Access;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Training;
using Ilab.Gguf;
using Manifest = Ilab.Engine.Store.Catalog.Manifest;

namespace Ilab.Daemon.Services.Models;

internal sealed partial class ModelEndpoints
{
    private const string ChatTemplateKey = "tokenizer.chat_template";

    public override async Task<InspectModelResponse> Inspect(InspectModelRequest request, ServerCallContext context)
    {
        using var resolved = await store.Catalog.ResolveAsync(context.GetCaller(), request.Reference, "inspect", context.CancellationToken);
        var bytes = store.Catalog.ReadManifestBytes(resolved.Digest);
        var manifest = Manifest.Parse(bytes);
        var headers = resolved.WeightFiles.Select(GgufSummary.ReadHeader).ToArray();
        var response = new InspectModelResponse
        {
            Model = resolved.Record.ToWire(IsLoaded),
            ManifestJson = System.Text.Encoding.UTF8.GetString(bytes),
            ChatTemplate = headers[0].GetString(ChatTemplateKey) ?? "",
            License = store.Catalog.LicenseOf(manifest) ?? resolved.Summary.License,
            Settings = resolved.Settings is { } settings ? SettingsMapping.ToWire(settings) : null,
            TensorCount = (ulong)headers.Sum(static header => header.Tensors.Count),
        };
        response.Names.AddRange(await store.Catalog.NamesAsync(resolved.Digest, context.CancellationToken));
        response.Layers.AddRange(manifest.Layers.Prepend(manifest.Config).Select(LayerOf));
        response.Metadata.AddRange(
            headers[0]
                .Metadata.Where(static entry => entry.Key != ChatTemplateKey)
                .Select(static entry => new MetadataEntry
                {
                    Key = entry.Key,
                    Type = entry.Value.TypeName,
                    Value = entry.Value.ToString(),
                })
        );
        response.Abilities = AbilitiesOf(resolved, headers);
        response.Capabilities.AddRange(CapabilitiesOf(resolved.Summary));
        if (request.Tensors)
        {
            response.Tensors.AddRange(headers.SelectMany(static header => header.Tensors).Select(TensorOf));
        }

        return response;
    }

    private static string[] CapabilitiesOf(ModelSummary summary) =>
        ModelPurpose.Of(summary) switch
        {
            ModelPurpose.Encoder or ModelPurpose.Embedding => ["embedding"],
            not null => [],
            _ when !summary.CanRun => [],
            // Any model that reads text can make embeddings of it.
            _ => summary.HasChatTemplate ? ["completion", "chat", "embedding"] : ["completion", "embedding"],
        };

    private static Api.V1.ModelAbilities AbilitiesOf(ResolvedModel model, GgufFile[] headers)
    {
        var abilities = Gguf.Decoders.ModelAbilities.Of(model.WeightFiles, headers);
        var wire = new Api.V1.ModelAbilities
        {
            TrainingProblem = abilities.TrainingProblem ?? "",
            FolderClass = abilities.FolderClass ?? "",
            FolderProblem = abilities.FolderProblem ?? "",
        };
        wire.Training.AddRange(TrainingKinds.Of(abilities, headers));
        wire.Modules.AddRange(abilities.Modules);
        wire.Warnings.AddRange(abilities.Warnings);
        return wire;
    }

    private static TensorInfo TensorOf(GgufTensor tensor)
    {
        var info = new TensorInfo
        {
            Name = tensor.Name,
            Type = tensor.Type.ToString(),
            Bytes = tensor.Bytes,
        };
        info.Shape.AddRange(tensor.Shape);
        return info;
    }

    private Layer LayerOf(ManifestLayer layer)
    {
        var wire = new Layer
        {
            MediaType = layer.MediaType,
            Digest = layer.Digest,
            Size = (ulong)layer.Size,
            Path = store.Content.BlobPath(Engine.Store.Content.Digest.Parse(layer.Digest)),
        };
        foreach (var (key, value) in layer.Annotations ?? [])
        {
            wire.Annotations.Add(key, value);
        }

        return wire;
    }
}
