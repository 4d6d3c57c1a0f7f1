using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Daemon.Hosting;

/// <summary>
/// The model bundled with an installation: added to a new store under the name <c>starter</c>, without a download. This happens once; it is not restored after
/// it was removed.
/// </summary>
internal sealed class StarterModel(EngineOptions options, ModelImporter importer, ModelCatalog catalog, ILogger<StarterModel> logger) : IHostedService
{
    private const string Name = "starter";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(Path.GetDirectoryName(options.RunnerPath) ?? "/", "models", Name + ".gguf");
        var mark = Path.Combine(options.StoreDirectory, Name);
        if (!File.Exists(file) || File.Exists(mark))
        {
            return;
        }

        try
        {
            if (!await catalog.ExistsAsync(Name, cancellationToken))
            {
                await importer.ImportAsync(file, new ImportOptions { Name = Name }, static path => File.OpenHandle(path), static _ => { }, cancellationToken);
            }

            await File.WriteAllTextAsync(mark, file, cancellationToken);
        }
        catch (Exception exception) when (exception is EngineException or IOException or UnauthorizedAccessException)
        {
            // The service is usable without it.
            HostingLog.NoStarter(logger, exception.Message);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
