using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;

namespace Ilab.Sources;

/// <summary>The available model sources; the first one that handles a reference is used.</summary>
public sealed class SourceList(IEnumerable<IModelSource> sources)
{
    private readonly IModelSource[] _sources = [.. sources];

    /// <exception cref="EngineException">INVALID_ARGUMENT, UNSUPPORTED, and errors of the source.</exception>
    public Task<SourcePlan> PlanAsync(DownloadRequest request, Action<string> say, CancellationToken cancellationToken)
    {
        Check(request);
        return Find(request.Source).PlanAsync(request, say, cancellationToken);
    }

    /// <summary>Rejects invalid requests early.</summary>
    public void Check(DownloadRequest request)
    {
        Find(request.Source);
        if (request.Name is { } name)
        {
            ModelName.Parse(name);
        }

        if (request.ExpectedDigest is { Length: > 0 } digest && !Digest.TryParse(digest, out _))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{digest} is not a valid digest", "use sha256: and 64 lower-case hex digits");
        }
    }

    private IModelSource Find(string reference) =>
        _sources.FirstOrDefault(source => source.CanHandle(reference))
        ?? throw new EngineException(
            reference.Contains("://", StringComparison.Ordinal) ? ErrorKind.Unsupported : ErrorKind.InvalidArgument,
            reference.Contains("://", StringComparison.Ordinal)
                ? $"{reference}: this ilabd does not support the scheme {reference[..reference.IndexOf("://", StringComparison.Ordinal)]}"
                : $"{reference} is not a valid model source",
            "use org/repo:QUANT, hf://org/repo/file.gguf, or an http(s) URL of a GGUF file"
        );
}
