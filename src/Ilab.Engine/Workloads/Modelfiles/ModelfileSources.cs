using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Conversion;
using Ilab.Gguf;

namespace Ilab.Engine.Workloads.Modelfiles;

/// <summary>Finds what FROM and ADAPTER name: stored models, GGUF files, and folders that a job converts first.</summary>
public sealed class ModelfileSources(ModelCatalog catalog, ModelImporter importer, JobManager jobs, TimeProvider time)
{
    private const string Config = "config.json",
        AdapterConfig = "adapter_config.json",
        First = ".lora_a";
    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(30);

    /// <summary>Whether the base is a folder that is converted first, which may take long.</summary>
    internal static bool IsConverted(ModelfileValue from, string folder) => !from.Text.StartsWith('~') && IsHuggingFace(Path.GetFullPath(from.Text, folder));

    /// <returns>Digest of a stored model, held until the parts are dropped.</returns>
    internal Task<Digest> BaseAsync(ModelfileValue from, ModelfileParts parts, CancellationToken cancellationToken) =>
        InLineAsync("FROM", from, async () => await FindAsync(from.Text, parts, cancellationToken).ConfigureAwait(false));

    /// <returns>Blobs of adapters that fit the model, in the order of the file.</returns>
    internal async Task<IReadOnlyList<Digest>> AdaptersAsync(
        IReadOnlyList<ModelfileValue> adapters,
        ResolvedModel model,
        ModelfileParts parts,
        CancellationToken cancellationToken
    )
    {
        var blobs = new List<Digest>();
        foreach (var adapter in adapters)
        {
            blobs.Add(
                await InLineAsync("ADAPTER", adapter, () => AdapterAsync(PathOf(adapter.Text, parts.Folder), model, parts, cancellationToken))
                    .ConfigureAwait(false)
            );
        }

        return blobs;
    }

    /// <summary>Removes the models that were made on the way and have no name.</summary>
    internal async Task DropAsync(ModelfileParts parts)
    {
        using var bounded = new CancellationTokenSource(CleanUp, time);
        foreach (var model in parts.Made)
        {
            var digest = model.Digest.ToString();
            try
            {
                var kept = await catalog.FindAsync(digest, bounded.Token).ConfigureAwait(false);
                if (kept.Name.Length == 0 && kept.Created.ToUnixTimeMilliseconds() >= parts.Begun.ToUnixTimeMilliseconds())
                {
                    await catalog.RemoveAsync(digest, force: false, bounded.Token).ConfigureAwait(false);
                }
            }
            catch (EngineException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.InUse)
            {
                // Somebody else removed it, or uses it: it is theirs now.
            }
        }
    }

    // Folders of GGUF files may have a config.json as well.
    private static bool IsHuggingFace(string path) => File.Exists(Path.Combine(path, Config)) && !Directory.EnumerateFiles(path, "*.gguf").Any();

    private static string PathOf(string text, string folder) =>
        text.StartsWith('~')
            ? throw new EngineException(ErrorKind.InvalidArgument, $"{text}: ~ is not expanded in a {Modelfile.FileName}", "write the whole path")
            : Path.GetFullPath(text, folder);

    private static bool IsPath(string text, ModelfileParts parts) =>
        text.StartsWith('/') || text.StartsWith('.') || text.StartsWith('~') || (!parts.Caller.IsRemote && Path.Exists(Path.GetFullPath(text, parts.Folder)));

    /// <summary>Errors say in which line of the file their cause is.</summary>
    private static async Task<T> InLineAsync<T>(string instruction, ModelfileValue value, Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (EngineException exception)
        {
            var isUnreadable = exception.Kind == ErrorKind.UploadRequired;
            throw new EngineException(
                isUnreadable ? ErrorKind.PermissionDenied : exception.Kind,
                $"{Modelfile.FileName}, line {value.Line}: {instruction} {value.Text}: {exception.Message}",
                isUnreadable ? "check the path; if the service may not read it, import it by itself first, and write the name of that model" : exception.Hint,
                exception
            );
        }
    }

    private async Task<Digest> FindAsync(string text, ModelfileParts parts, CancellationToken cancellationToken)
    {
        if (!IsPath(text, parts))
        {
            return (await catalog.FindAsync(parts.Caller.Who, text, cancellationToken).ConfigureAwait(false)).Digest;
        }

        var path = PathOf(text, parts.Folder);
        parts.Caller.Check(path);
        if (File.Exists(Path.Combine(path, AdapterConfig)))
        {
            throw new EngineException(ErrorKind.InvalidArgument, "this is an adapter, not a model", "name its base with FROM, and this folder with ADAPTER");
        }

        var model = IsHuggingFace(path)
            ? await ConvertAsync(path, null, parts, cancellationToken).ConfigureAwait(false)
            : await ImportAsync(path, parts, cancellationToken).ConfigureAwait(false);
        return model.Digest;
    }

    private async Task<Digest> AdapterAsync(string path, ResolvedModel model, ModelfileParts parts, CancellationToken cancellationToken)
    {
        parts.Caller.Check(path);
        if (Path.GetExtension(path) == ".safetensors" && File.Exists(Path.Combine(Path.GetDirectoryName(path)!, AdapterConfig)))
        {
            path = Path.GetDirectoryName(path)!;
        }

        if (File.Exists(Path.Combine(path, AdapterConfig)))
        {
            var converted = await ConvertAsync(path, model.Digest, parts, cancellationToken).ConfigureAwait(false);
            return catalog.ReadManifest(converted.Digest).Adapters.Last();
        }

        var adapter = await ImportAsync(path, parts, cancellationToken).ConfigureAwait(false);
        var blob = catalog.ReadManifest(adapter.Digest).Weights.First();
        Check(GgufSummary.ReadHeader(catalog.Content.BlobPath(blob)), model);
        return blob;
    }

    private static void Check(GgufFile adapter, ResolvedModel model)
    {
        if (adapter.GetString("general.type") != ModelPurpose.Adapter)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "this is a whole model, not an adapter", "name it with FROM");
        }

        if (adapter.GetString("general.architecture") is var architecture && architecture != model.Summary.Architecture)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"the adapter is for models of the architecture {architecture}, the base has {model.Summary.Architecture}"
            );
        }

        var columns = model
            .WeightFiles.SelectMany(static file => GgufSummary.ReadHeader(file).Tensors)
            .ToDictionary(static tensor => tensor.Name, static tensor => tensor.Shape[0]);
        if (
            adapter.Tensors.FirstOrDefault(tensor =>
                tensor.Name.EndsWith(First, StringComparison.Ordinal) && columns.GetValueOrDefault(tensor.Name[..^First.Length]) != tensor.Shape[0]
            ) is
            { } wrong
        )
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"the adapter does not fit the base: {wrong.Name}", "name the model that it was made for");
        }
    }

    private async Task<ModelRecord> ImportAsync(string path, ModelfileParts parts, CancellationToken cancellationToken) =>
        Note(
            await importer
                .ImportAsync(
                    path,
                    new ImportOptions { Anonymous = true, Caller = parts.Caller.Who },
                    parts.Caller.Open,
                    parts.Caller.Progress,
                    cancellationToken
                )
                .ConfigureAwait(false),
            parts
        );

    private async Task<ModelRecord> ConvertAsync(string path, Digest? adapted, ModelfileParts parts, CancellationToken cancellationToken)
    {
        var request = new ConvertRequest
        {
            Path = path,
            Base = adapted?.ToString(),
            Anonymous = true,
        };
        var job = await jobs.CreateAsync(
                new NewJob(
                    ConvertHandler.JobKind,
                    $"convert {path} for a {Modelfile.FileName}",
                    ConvertHandler.ToJson(request),
                    "",
                    parts.Caller.Who,
                    new Dictionary<string, string>()
                ),
                cancellationToken
            )
            .ConfigureAwait(false);
        try
        {
            var digest = await FollowAsync(job.Id, parts.Caller, cancellationToken).ConfigureAwait(false);
            return Note(await catalog.FindAsync(digest, cancellationToken).ConfigureAwait(false), parts);
        }
        catch (OperationCanceledException)
        {
            await jobs.CancelAsync(job.Id, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<string> FollowAsync(string job, ModelfileCaller caller, CancellationToken cancellationToken)
    {
        const string Mark = "Warning: ";
        await foreach (var entry in jobs.WatchAsync(job, 0, follow: true, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Progress is { } progress)
            {
                caller.Progress(progress);
            }
            else if (entry.Log is { Level: "warning", Text: var text })
            {
                caller.Warn(text.StartsWith(Mark, StringComparison.Ordinal) ? text[Mark.Length..] : text);
            }
        }

        var ended = await jobs.WaitAsync(job, cancellationToken).ConfigureAwait(false);
        return ended.State == JobState.Succeeded
            ? ended.Result
            : throw new EngineException(
                ended.Error?.Kind ?? ErrorKind.Cancelled,
                ended.Error?.Message ?? $"the conversion (job {job[..12]}) was cancelled",
                ended.Error?.Hint ?? ""
            );
    }

    private static ModelRecord Note(ModelRecord model, ModelfileParts parts)
    {
        parts.Held.Add(model.Digest);
        parts.Made.Add(model);
        return model;
    }
}
