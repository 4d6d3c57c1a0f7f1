using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Serving.Devices;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Serving.Inference;

/// <summary>Provides models in the store, and GGUF files outside of it.</summary>
public sealed class CatalogModels(ModelCatalog catalog, LeaseTable leases) : IModelProvider
{
    private const string Owner = "a loaded model";
    private static readonly string[] CodedTypes = ["Q8_0", "Q4_1", "Q5"];

    public async Task<ServingModel> OpenAsync(ModelSelection model, CancellationToken cancellationToken) =>
        model.CheckpointPath is { } path
            ? OpenFile(path, model.Embeds)
            : await OpenStoredAsync(model.Caller, model.Reference ?? "", model.Embeds, cancellationToken).ConfigureAwait(false);

    public IDisposable Hold(string digest) => Digest.TryParse(digest, out var parsed) ? leases.Acquire(parsed, Owner) : new Nothing();

    public Task TouchAsync(string digest, CancellationToken cancellationToken) => catalog.TouchAsync(Digest.Parse(digest), cancellationToken);

    private async Task<ServingModel> OpenStoredAsync(Caller caller, string reference, bool embeds, CancellationToken cancellationToken)
    {
        if (reference.Split('+') is { Length: > 1 } references)
        {
            return await OpenCombinedAsync(caller, references, embeds, cancellationToken).ConfigureAwait(false);
        }

        var resolved = await catalog.ResolveAsync(caller, reference, Owner, cancellationToken).ConfigureAwait(false);
        try
        {
            var name = resolved.Name.Length > 0 ? resolved.Name : resolved.Digest.Short;
            ModelPurpose.Require(embeds, name, resolved.Summary);
            return new ServingModel(resolved)
            {
                Key = string.Join('+', resolved.WeightFiles.Select(Path.GetFileName)),
                Digest = resolved.Digest.ToString(),
                Name = name,
                Files = resolved.WeightFiles,
                Adapters = resolved.AdapterFiles,
                Shape = Shape(resolved.Summary),
                Warning = WarningOf(resolved.Summary),
                Settings = resolved.Settings,
            };
        }
        catch
        {
            resolved.Dispose();
            throw;
        }
    }

    /// <summary>
    /// <c>base+adapter</c>: combines adapters of trained models with compatible base weights, for example another quantization of the base model.
    /// </summary>
    private async Task<ServingModel> OpenCombinedAsync(Caller caller, string[] references, bool embeds, CancellationToken cancellationToken)
    {
        var model = await OpenStoredAsync(caller, references[0], embeds, cancellationToken).ConfigureAwait(false);
        var held = new List<IDisposable> { model };
        try
        {
            foreach (var reference in references.Skip(1))
            {
                var trained = await catalog.ResolveAsync(caller, reference, Owner, cancellationToken).ConfigureAwait(false);
                held.Add(trained);
                var shape = Shape(trained.Summary);
                if (
                    trained.AdapterFiles.Count == 0
                    || (shape.Layers, shape.Embedding, shape.Vocabulary) != (model.Shape.Layers, model.Shape.Embedding, model.Shape.Vocabulary)
                )
                {
                    throw new EngineException(
                        ErrorKind.InvalidArgument,
                        trained.AdapterFiles.Count == 0
                            ? $"{reference} is not an adapter but a complete model"
                            : $"the adapter {reference} was trained on a base model of a different shape than {references[0]}",
                        "name the base model first, then models trained on it with --training-type lora or qlora"
                    );
                }

                model = new ServingModel(new Held(held))
                {
                    Key = model.Key,
                    Digest = model.Digest,
                    Name = $"{model.Name}+{(trained.Name.Length > 0 ? trained.Name : trained.Digest.Short)}",
                    Files = model.Files,
                    Adapters = [.. model.Adapters, .. trained.AdapterFiles],
                    Shape = model.Shape,
                    Warning = model.Warning,
                    Settings = model.Settings,
                };
            }

            return model;
        }
        catch
        {
            new Held(held).Dispose();
            throw;
        }
    }

    private static ServingModel OpenFile(string path, bool embeds)
    {
        var files = CheckpointFiles.Find(path);
        var summary = GgufSummary.Read(files);
        var name = Path.GetFileName(files[0]);
        ModelPurpose.Require(embeds, name, summary);
        return new ServingModel(null)
        {
            Key = CheckpointFiles.Key(files),
            Digest = "",
            Name = name,
            Files = files,
            Shape = Shape(summary),
            Warning = WarningOf(summary),
        };
    }

    private static string WarningOf(ModelSummary summary) => string.Join("; ", summary.Warnings ?? []);

    /// <summary>What a header says of the memory that a model takes.</summary>
    internal static ModelShape Shape(ModelSummary summary) =>
        new()
        {
            Weights = summary.Size,
            Parameters = (long)summary.Parameters,
            Layers = summary.Layers,
            KvHeads = summary.KvHeads,
            HeadDimension = summary.HeadDimension,
            Embedding = summary.Embedding,
            Vocabulary = summary.Vocabulary,
            TrainedContext = summary.ContextLength,
            PackedWeights = (long)summary.Parameters * (summary.Quantization is "F32" or "F16" ? sizeof(float) : sizeof(short)),
            CodedWeights = Coded(summary),
        };

    /// <summary>Codes of 8 bits, and a scale and a smallest value for each 32 of them. llama.cpp rearranges Q4_0 and Q4_K itself.</summary>
    private static long Coded(ModelSummary summary) =>
        CodedTypes.Any(type => summary.Quantization.StartsWith(type, StringComparison.Ordinal)) ? (long)summary.Parameters * 5 / 4 : 0;

    private sealed class Held(List<IDisposable> all) : IDisposable
    {
        public void Dispose() => all.ForEach(static one => one.Dispose());
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
            // Files outside the store cannot be leased.
        }
    }
}
