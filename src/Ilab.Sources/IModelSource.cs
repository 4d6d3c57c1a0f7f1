using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;

namespace Ilab.Sources;

/// <summary>A kind of place that models come from.</summary>
public interface IModelSource
{
    /// <summary>Whether a reference is of this kind.</summary>
    bool CanHandle(string reference);

    /// <summary>Finds out what has to be fetched.</summary>
    /// <param name="say">Called with lines for people, such as that a server asks to wait.</param>
    /// <exception cref="EngineException">SOURCE, NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT.</exception>
    Task<SourcePlan> PlanAsync(DownloadRequest request, Action<string> say, CancellationToken cancellationToken);
}

/// <summary>Files to fetch, first part first, and the name that they suggest.</summary>
public sealed record SourcePlan(IReadOnlyList<RemoteFile> Files, string SuggestedName, string Source);

/// <summary>One file to fetch.</summary>
public sealed record RemoteFile
{
    public required Uri Url { get; init; }

    public required string FileName { get; init; }

    /// <summary>Bytes; null = not said.</summary>
    public long? Size { get; init; }

    /// <summary>What it must have; null = not said.</summary>
    public Digest? Expected { get; init; }

    /// <summary>Bearer credential; sent to this URL's host only.</summary>
    public string? Token { get; init; }

    /// <summary>What names the same bytes every time: partial writes are found by it.</summary>
    public string Key => Expected is { } digest ? $"download-{digest.Hex}" : $"download-{Url.GetLeftPart(UriPartial.Query)}";
}
