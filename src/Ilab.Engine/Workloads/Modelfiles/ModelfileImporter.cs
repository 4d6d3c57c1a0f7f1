using Ilab.Engine.Errors;
using Ilab.Engine.Events;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Workloads.Modelfiles;

/// <summary>
/// Makes a model of a Modelfile: the model that FROM names, which is imported or converted if it is a path, the adapters, and the settings, which are those of
/// the model that FROM names where the file says nothing.
/// </summary>
public sealed class ModelfileImporter(ModelCatalog catalog, ModelfileSources sources, LeaseTable leases, TimeProvider time)
{
    private const string Owner = "the import of a Modelfile";

    /// <param name="path">Absolute path of the Modelfile: what it names is relative to its folder.</param>
    /// <param name="caller">Whose files they are, and what is reported.</param>
    /// <exception cref="EngineException">As imports and conversions; NOT_FOUND with the line of the instruction.</exception>
    public async Task<ModelRecord> ImportAsync(Modelfile file, string path, ImportOptions options, ModelfileCaller caller, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        var name = ModelName.Parse(options.Name ?? ModelName.Derive(Path.GetFileName(folder)));
        var mayBeTaken = !options.Replace && !caller.IsRemote && ModelfileSources.IsConverted(file.From, folder);
        if (mayBeTaken)
        {
            await catalog.RequireFreeAsync(options.Caller, name.ToString(), options.Replace, cancellationToken).ConfigureAwait(false);
        }

        foreach (var warning in file.Warnings)
        {
            caller.Warn($"{Modelfile.FileName}, {warning}");
        }

        using var held = new LeaseGroup(leases, Owner);
        var made = new ModelfileParts(folder, caller, held, time.GetUtcNow());
        try
        {
            var from = await sources.BaseAsync(file.From, made, cancellationToken).ConfigureAwait(false);
            using var model = await catalog.ResolveAsync(from.ToString(), Owner, cancellationToken).ConfigureAwait(false);
            var adapters = await sources.AdaptersAsync(file.Adapters, model, made, cancellationToken).ConfigureAwait(false);
            WarnOfTemplate(file, model.Summary, caller);
            var manifest = catalog.ReadManifest(model.Digest);
            caller.Progress(new Transfer(name.ToString(), "committing", 0, 0, 0));
            return await catalog
                .RegisterAsync(
                    new NewModel
                    {
                        Weights = [.. manifest.Weights],
                        Adapters = [.. manifest.Adapters, .. adapters],
                        Name = name.ToString(),
                        Source = $"modelfile:{path}",
                        FileName = Path.GetFileName(folder),
                        Labels = options.Labels,
                        Replace = options.Replace,
                        Caller = options.Caller,
                        License = file.License ?? catalog.LicenseOf(manifest),
                        Settings = file.Settings.Over(model.Settings),
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        finally
        {
            held.Dispose();
            await sources.DropAsync(made).ConfigureAwait(false);
        }
    }

    private static void WarnOfTemplate(Modelfile file, ModelSummary model, ModelfileCaller caller)
    {
        if (file.Settings.Template is not null)
        {
            caller.Warn(
                model.HasChatTemplate
                    ? "TEMPLATE is a Go template, which is kept but not rendered: the chat template of the weights is used"
                    : "TEMPLATE is a Go template, which is kept but not rendered, and the weights have no chat template: conversations get plain role prefixes"
            );
        }
    }
}
