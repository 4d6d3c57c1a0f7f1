using System.Text;
using Dapper;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;

namespace Ilab.Engine.Store.Catalog;

/// <summary>The models of the store: found by name or id, made from blobs, named, removed.</summary>
public sealed partial class ModelCatalog(ContentStore content, Database database, LeaseTable leases, LinkTable links, TimeProvider time)
{
    private const int ShortestPrefix = 4;
    private ListCache? _list;

    /// <summary>Makes a model of blobs that are in the store. The same blobs make the same model.</summary>
    /// <exception cref="EngineException">INVALID_MODEL, INVALID_ARGUMENT, ALREADY_EXISTS, DISK_FULL.</exception>
    public async Task<ModelRecord> RegisterAsync(NewModel model, CancellationToken cancellationToken)
    {
        var summary = GgufSummary.Read([.. model.Weights.Select(content.BlobPath)], [.. model.Weights.Select((blob, part) => NameOf(model, blob, part))]);
        var name = model.Anonymous ? null : ModelName.Parse(model.Name ?? SuggestName(summary, model.FileName));
        using var held = new LeaseGroup(leases, "import");
        var (digest, manifest) = WriteManifest(model, summary, held);
        var record = new ModelRecord
        {
            Name = name?.ToString() ?? "",
            Digest = digest,
            Size = manifest.Layers.Sum(static layer => layer.Size) + manifest.Config.Size,
            Architecture = summary.Architecture,
            Quantization = summary.Quantization,
            Parameters = summary.Parameters,
            ContextLength = summary.ContextLength,
            Created = time.GetUtcNow(),
            Source = model.Source,
            Labels = model.Labels,
        };
        return await database.WriteAsync(
            (connection, transaction) =>
            {
                ModelTable.Insert(connection, transaction, record, summary, manifest.Blobs);
                if (name is not null)
                {
                    CheckFree(ModelTable.ByName(connection, record.Name), digest, model.Replace);
                    ModelTable.SetName(connection, transaction, record.Name, digest, record.Created, record.Labels);
                }

                return record;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What its messages call a weight file: the name it had where it came from.</summary>
    private static string NameOf(NewModel model, Digest blob, int part) =>
        model.FileName.Length == 0 ? blob.Short : part == 0 ? model.FileName : $"part {part + 1} of {model.FileName}";

    /// <summary>Finds a model and keeps its files until the result is disposed; checks that linked files are still what they were.</summary>
    public async Task<ResolvedModel> ResolveAsync(string reference, string leaseOwner, CancellationToken cancellationToken)
    {
        var record = await FindAsync(reference, cancellationToken).ConfigureAwait(false);
        var lease = new LeaseGroup(leases, leaseOwner);
        try
        {
            // What is there now, under the lease, stays; it may have been removed just before.
            lease.Add(record.Digest);
            var summary = await database.ReadAsync(connection => ModelTable.SummaryOf(connection, record.Digest), cancellationToken).ConfigureAwait(false) ?? throw NotFound(reference);
            var files = new List<string>();
            var manifest = ReadManifest(record.Digest);
            var adapters = manifest.Adapters.ToArray();
            foreach (var blob in manifest.Weights.Concat(adapters))
            {
                lease.Add(blob);
                await links.VerifyAsync(blob, record.Name, cancellationToken).ConfigureAwait(false);
                if (!content.Contains(blob))
                {
                    throw new EngineException(ErrorKind.Corrupt, $"{reference}: the blob {blob.Short} is missing from the store", "import or download the model again");
                }

                files.Add(content.BlobPath(blob));
            }

            return new ResolvedModel(record, [.. files.SkipLast(adapters.Length)], summary, lease) { AdapterFiles = [.. files.TakeLast(adapters.Length)] };
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>One model by name, digest or unique prefix of its digest.</summary>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS, INVALID_ARGUMENT.</exception>
    public Task<ModelRecord> FindAsync(string reference, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection =>
            {
                if (ModelName.TryParse(reference, out var name) && ModelTable.ByName(connection, name.ToString()) is { } named)
                {
                    return named;
                }

                return PrefixOf(reference) is { } prefix && FindByPrefix(connection, reference, prefix) is { } found
                    ? found
                    : throw NotFound(reference);
            },
            cancellationToken);

    public async Task<bool> ExistsAsync(string reference, CancellationToken cancellationToken)
    {
        try
        {
            await FindAsync(reference, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (EngineException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            return false;
        }
    }

    /// <summary>Every name, newest first, and the models without one. Read again only after something was written: ten thousand rows take 40 ms.</summary>
    public async Task<IReadOnlyList<ModelRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var version = database.Version;
        if (_list is { } list && list.Version == version)
        {
            return list.Models;
        }

        var models = await database.ReadAsync(ModelTable.All, cancellationToken).ConfigureAwait(false);
        _list = new ListCache(version, models);
        return models;
    }

    public Task<List<string>> NamesAsync(Digest digest, CancellationToken cancellationToken) => database.ReadAsync(connection => ModelTable.NamesOf(connection, digest), cancellationToken);

    /// <exception cref="EngineException">CORRUPT: it is missing, or not what its digest says.</exception>
    public byte[] ReadManifestBytes(Digest digest)
    {
        var bytes = content.Contains(digest) ? File.ReadAllBytes(content.BlobPath(digest)) : [];
        return Digest.Of(System.Security.Cryptography.SHA256.HashData(bytes)) == digest
            ? bytes
            : throw new EngineException(ErrorKind.Corrupt, $"the manifest {digest.Short} is damaged or missing in the store", "remove the model with 'ilab model rm', then import or download it again");
    }

    public Manifest ReadManifest(Digest digest) => Manifest.Parse(ReadManifestBytes(digest));

    /// <summary>Takes note that a model was used.</summary>
    public Task TouchAsync(Digest digest, CancellationToken cancellationToken) =>
        database.WriteAsync((connection, transaction) => connection.Execute("UPDATE models SET last_used = @now WHERE digest = @digest", new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), digest = digest.ToString() }, transaction), cancellationToken);

    private static EngineException NotFound(string reference)
    {
        if (PrefixOf(reference) is null)
        {
            ModelName.Parse(reference); // says what is wrong with a name that cannot be one
        }

        return new EngineException(ErrorKind.NotFound, $"no model {reference}", "'ilab model ls' shows what is there; 'ilab model download' gets more");
    }

    private static string? PrefixOf(string reference)
    {
        var hex = reference.StartsWith("sha256:", StringComparison.Ordinal) ? reference[7..] : reference;
        return hex.Length is >= ShortestPrefix and <= 64 && hex.All(char.IsAsciiHexDigitLower) ? "sha256:" + hex : null;
    }

    private static ModelRecord? FindByPrefix(Microsoft.Data.Sqlite.SqliteConnection connection, string reference, string prefix)
    {
        var matches = ModelTable.ByDigestPrefix(connection, prefix);
        var digests = matches.Select(static match => match.Digest).Distinct().ToArray();
        return digests.Length > 1
            ? throw new EngineException(ErrorKind.Ambiguous, $"{reference} fits {digests.Length} models: {string.Join(", ", digests.Take(5).Select(static digest => digest.Short))}{(digests.Length > 5 ? ", ..." : "")}", "give more of the id")
            : matches.FirstOrDefault();
    }

    private static void CheckFree(ModelRecord? holder, Digest digest, bool replace)
    {
        if (holder is not null && holder.Digest != digest && !replace)
        {
            throw new EngineException(ErrorKind.AlreadyExists, $"{holder.Name} is the name of another model ({holder.Digest.Short})", "choose another name, or replace it with --replace");
        }
    }

    private static string SuggestName(ModelSummary summary, string fileName)
    {
        var stem = Path.GetFileNameWithoutExtension(fileName);
        var split = stem.LastIndexOf("-00001-of-", StringComparison.Ordinal);
        stem = split > 0 ? stem[..split] : stem;
        return ModelName.Sanitize(stem.Length > 0 ? stem : summary.Title);
    }

    private (Digest Digest, Manifest Manifest) WriteManifest(NewModel model, ModelSummary summary, LeaseGroup held)
    {
        Digest Put(byte[] bytes)
        {
            held.Add(Digest.Of(System.Security.Cryptography.SHA256.HashData(bytes))); // first: it may be there already, and about to be removed
            return content.Put(bytes);
        }

        var config = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(summary, ModelsJson.Default.ModelSummary);
        var layers = model.Weights.Select((digest, index) => new ManifestLayer(
            Manifest.WeightsType,
            digest.ToString(),
            content.SizeOf(digest),
            new SortedDictionary<string, string> { [Manifest.TitleAnnotation] = model.Weights.Count == 1 ? "model.gguf" : $"model-{index + 1:00000}-of-{model.Weights.Count:00000}.gguf" })).ToList();
        layers.AddRange(model.Adapters.Select((digest, index) => new ManifestLayer(
            Manifest.AdapterType, digest.ToString(), content.SizeOf(digest), new SortedDictionary<string, string> { [Manifest.TitleAnnotation] = index == 0 ? "adapter.gguf" : $"adapter-{index + 1}.gguf" })));
        if (model.License is { Length: > 0 } license)
        {
            var bytes = Encoding.UTF8.GetBytes(license);
            layers.Add(new ManifestLayer(Manifest.LicenseType, Put(bytes).ToString(), bytes.Length, new SortedDictionary<string, string> { [Manifest.TitleAnnotation] = "LICENSE" }));
        }

        var manifest = new Manifest { Config = new ManifestLayer(Manifest.ConfigType, Put(config).ToString(), config.Length), Layers = layers };
        return (Put(manifest.ToJson()), manifest);
    }

    /// <param name="Version">Of the database when the reading began.</param>
    private sealed record ListCache(long Version, IReadOnlyList<ModelRecord> Models);
}
