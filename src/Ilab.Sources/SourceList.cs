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
        RefuseCredentials(request.Source);
        if (request.Name is { } name)
        {
            ModelName.Parse(name);
        }

        if (request.ExpectedDigest is { Length: > 0 } digest && !Digest.TryParse(digest, out _))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{digest} is not a valid digest", "use sha256: and 64 lower-case hex digits");
        }
    }

    /// <summary>An address is stored, shown and logged; a credential must not be part of it.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: the address contains a user or password; the message does not.</exception>
    public static void RefuseCredentials(string address)
    {
        if (Uri.TryCreate(address, UriKind.Absolute, out var url) && url.UserInfo.Length > 0)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"the address of {url.Host} contains credentials, which would be stored with it",
                "store them with 'ilab secret create' and refer to the secret by name"
            );
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
