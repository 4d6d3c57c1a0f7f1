using Ilab.Engine.Hosting;
using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Serving.Runners;

/// <summary>Where runners keep computed prompts of models (<c>prompts/&lt;digest&gt;/</c>). A cache: what is removed is computed again.</summary>
public sealed class PromptFolder(EngineOptions options)
{
    private string Root => Path.Combine(options.StoreDirectory, "prompts");

    /// <summary>Number of prompts, and their bytes.</summary>
    public (int Count, long Size) Usage() => (Files().Count(), FolderSize.Of(Root));

    /// <summary>Where a runner keeps those of a model; null = they are not kept.</summary>
    /// <param name="digest">Of the model; empty = none, as of a file outside of the store.</param>
    public string? Of(string digest) => options.PromptCache > 0 && Digest.TryParse(digest, out var parsed) ? Path.Combine(Root, parsed.Hex) : null;

    /// <summary>Removes those of a model.</summary>
    public void Remove(Digest digest) => Delete(() => Directory.Delete(Path.Combine(Root, digest.Hex), recursive: true));

    /// <summary>Removes all.</summary>
    /// <param name="before">Only those used last before; null = regardless of age.</param>
    /// <returns>Bytes.</returns>
    public long Prune(bool dryRun, DateTimeOffset? before)
    {
        var total = 0L;
        foreach (var file in Files().Where(file => before is null || file.LastWriteTimeUtc < before))
        {
            total += FolderSize.LengthOf(file);
            if (!dryRun)
            {
                Delete(file.Delete);
            }
        }

        return total;
    }

    /// <summary>A runner may be writing there, or making room: what is left is used last and goes next time.</summary>
    private static void Delete(Action delete)
    {
        try
        {
            delete();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is a cache.
        }
    }

    private IEnumerable<FileInfo> Files() => Directory.Exists(Root) ? new DirectoryInfo(Root).EnumerateFiles("*", SearchOption.AllDirectories) : [];
}
