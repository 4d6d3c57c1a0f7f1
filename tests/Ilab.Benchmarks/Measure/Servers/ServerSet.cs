using Ilab.Client;
using Ilab.Client.Connections;

namespace Ilab.Benchmarks.Measure.Servers;

/// <summary>Servers that are asked in turn; the first is what the others are compared with.</summary>
internal sealed class ServerSet : IAsyncDisposable
{
    private readonly List<IServer> _all = [];
    private readonly List<Installation> _installations = [];

    public IReadOnlyList<IServer> All => _all;

    /// <summary>A directory of the first installation.</summary>
    public string Root => _installations[0].Root;

    /// <summary>Starts an installation that is asked over its socket.</summary>
    /// <param name="tree">Null = the one that the checkout's build made.</param>
    /// <param name="options">Settings of its service.</param>
    /// <param name="contextLength">Tokens per sequence.</param>
    public async Task AddAsync(string? tree, string[] options, int contextLength, CancellationToken cancellationToken)
    {
        var installation = new Installation(tree);
        var client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, installation.Socket));
        _installations.Add(installation);
        _all.Add(new IlabServer(Path.GetFileName(tree) ?? "ilab", installation, client, contextLength));
        await installation.StartAsync(cancellationToken, options);
    }

    public void Add(IServer server) => _all.Add(server);

    /// <summary>
    /// Makes a model ready everywhere. What the first installation finds out about the machine (which products the accelerator takes) holds for all: they are
    /// compared, not their luck.
    /// </summary>
    public async Task PrepareAsync(string model, string file, CancellationToken cancellationToken)
    {
        foreach (var server in _all)
        {
            await server.PrepareAsync(model, file, cancellationToken);
            foreach (var other in _installations.Skip(1))
            {
                foreach (var record in Directory.EnumerateFiles(Root, "accelerator-*.json", SearchOption.AllDirectories))
                {
                    var target = Path.Combine(other.Root, Path.GetRelativePath(Root, record));
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    File.Copy(record, target, overwrite: true);
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _all)
        {
            await server.DisposeAsync();
        }
    }
}
