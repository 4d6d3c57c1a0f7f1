using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;

namespace Ilab.Sources;

/// <summary>A kind of model source.</summary>
public interface IModelSource
{
    /// <summary>Whether this source handles a reference.</summary>
    bool CanHandle(string reference);

    /// <summary>Determines the files to download.</summary>
    /// <param name="say">Receives messages for the user, for example that a server asks to wait.</param>
    /// <exception cref="EngineException">SOURCE, NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT.</exception>
    Task<SourcePlan> PlanAsync(DownloadRequest request, Action<string> say, CancellationToken cancellationToken);
}

/// <summary>The files to download, in order, and the suggested name.</summary>
public sealed record SourcePlan(IReadOnlyList<RemoteFile> Files, string SuggestedName, string Source);

/// <summary>A file to download.</summary>
public sealed record RemoteFile
{
    public required Uri Url { get; init; }

    public required string FileName { get; init; }

    /// <summary>Size in bytes; null = unknown.</summary>
    public long? Size { get; init; }

    /// <summary>Expected digest; null = unknown.</summary>
    public Digest? Expected { get; init; }

    /// <summary>Bearer token; sent only to the host of this URL.</summary>
    public string? Token { get; init; }

    /// <summary>Stable key of the content, by which partial writes are found.</summary>
    public string Key => Expected is { } digest ? $"download-{digest.Hex}" : $"download-{Url.GetLeftPart(UriPartial.Query)}";
}
