using Ilab.Client;
using Ilab.Client.Connections;
using Ilab.Testing.Models;

namespace Ilab.Benchmarks.Measure;

/// <summary>Installations that are compared, each with its service and a client.</summary>
internal sealed class Installations : IAsyncDisposable
{
    private readonly List<(Installation Installation, IlabClient Client, string Name)> _all = [];

    public IReadOnlyList<(IlabClient Client, string Name)> All => [.. _all.Select(static one => (one.Client, one.Name))];

    /// <param name="trees">Empty = the one that the checkout's build made.</param>
    /// <param name="options">Settings of the services.</param>
    public static async Task<Installations> StartAsync(string[] trees, string[] options, CancellationToken cancellationToken)
    {
        var installations = new Installations();
        foreach (var tree in trees.Length > 0 ? trees : [null!])
        {
            var installation = new Installation(tree);
            var client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, installation.Socket));
            installations._all.Add((installation, client, Path.GetFileName(tree) ?? ""));
            await installation.StartAsync(cancellationToken, options);
        }

        return installations;
    }

    /// <summary>
    /// Writes a model and imports it everywhere. What the first finds out about the machine (which products the accelerator takes) holds for all: they are
    /// compared, not their luck.
    /// </summary>
    public async Task ImportAsync(string name, LlamaShape shape, CancellationToken cancellationToken)
    {
        var file = Path.Combine(_all[0].Installation.Root, $"{name}.gguf");
        RandomLlama.Write(file, shape, name);
        foreach (var (installation, _, _) in _all)
        {
            await installation.RunAsync(["model", "import", file, "--name", name], cancellationToken);
        }

        await _all[0].Installation.RunAsync(["model", "load", name], cancellationToken);
        foreach (var record in Directory.EnumerateFiles(_all[0].Installation.Root, "accelerator-*.json", SearchOption.AllDirectories))
        {
            foreach (var (other, _, _) in _all.Skip(1))
            {
                var target = Path.Combine(other.Root, Path.GetRelativePath(_all[0].Installation.Root, record));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(record, target, overwrite: true);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (installation, client, _) in _all)
        {
            client.Dispose();
            await installation.DisposeAsync();
        }
    }
}
