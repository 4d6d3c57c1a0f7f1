using Ilab.Engine.Hosting;
using Ilab.Engine.Secrets;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Ilab.Testing.Models;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Testing.Stores;

/// <summary>A store of a test's own, with everything that makes models of files.</summary>
public sealed class StoreFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <param name="owners">Who uses blobs beside models.</param>
    public StoreFixture(string? store = null, params IEnumerable<IBlobOwner> owners)
    {
        Options = OptionsOf(store ?? Path.Combine(_folder.Path, "store"));
        Content = new ContentStore(Options);
        Database = new Database(Options);
        Links = new LinkTable(Content, Database);
        Collector = new BlobCollector(Content, Database, Leases, Links, [ModelCatalog.Owner, .. owners], TimeProvider.System);
        Catalog = new ModelCatalog(Content, Database, Leases, Links, Collector, TimeProvider.System);
        Importer = new ModelImporter(Content, Catalog, Leases, Links, TimeProvider.System);
    }

    public EngineOptions Options { get; }

    public SecretStore Secrets => new(Options);

    public ContentStore Content { get; }

    public Database Database { get; }

    public LeaseTable Leases { get; } = new();

    public LinkTable Links { get; }

    public BlobCollector Collector { get; }

    public ModelCatalog Catalog { get; }

    public ModelImporter Importer { get; }

    public static EngineOptions OptionsOf(string store) =>
        new()
        {
            StoreDirectory = store,
            RuntimeDirectory = store,
            RunnerPath = "/none",
        };

    public string At(string name) => Path.Combine(_folder.Path, name);

    /// <summary>A small model file; another seed, other bytes.</summary>
    public string Model(string name, int seed = 1)
    {
        var path = At(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        RandomLlama.Write(path, LlamaShape.Smallest, "small", seed);
        return path;
    }

    public Task<ModelRecord> ImportAsync(
        string path,
        string? name = null,
        bool replace = false,
        bool link = false,
        Func<string, SafeFileHandle>? open = null
    ) =>
        Importer.ImportAsync(
            path,
            new ImportOptions
            {
                Name = name,
                Replace = replace,
                Link = link,
            },
            open ?? Open,
            static _ => { },
            CancellationToken.None
        );

    /// <summary>Every file below the blobs and the partial writes.</summary>
    public string[] Files() => Directory.GetFiles(Path.Combine(Options.StoreDirectory, "content"), "*", SearchOption.AllDirectories);

    public void Dispose()
    {
        Database.Dispose();
        _folder.Dispose();
    }

    private static SafeFileHandle Open(string path) => File.OpenHandle(path);
}
