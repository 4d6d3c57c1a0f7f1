using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;

namespace Ilab.Sources.Http;

/// <summary>A GGUF file at an http or https URL; <c>#sha256=...</c> specifies its digest.</summary>
public sealed class HttpSource : IModelSource
{
    private const string DigestFragment = "#sha256=";

    public bool CanHandle(string reference) =>
        reference.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || reference.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    public Task<SourcePlan> PlanAsync(DownloadRequest request, Action<string> say, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(request.Source, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{request.Source} is not a valid URL");
        }

        Digest? expected = null;
        if (url.Fragment.StartsWith(DigestFragment, StringComparison.Ordinal))
        {
            expected = Digest.TryParse("sha256:" + url.Fragment[DigestFragment.Length..], out var digest)
                ? digest
                : throw new EngineException(ErrorKind.InvalidArgument, $"{request.Source}: what follows #sha256= is not a digest of 64 lower-case hex digits");
        }

        var name = Path.GetFileName(Uri.UnescapeDataString(url.AbsolutePath));
        var file = new RemoteFile
        {
            Url = new Uri(url.GetLeftPart(UriPartial.Query)),
            FileName = name.Length > 0 ? name : url.Host,
            Expected = expected,
            Token = request.Token,
        };
        return Task.FromResult(new SourcePlan([file], ModelName.Derive(Path.GetFileNameWithoutExtension(file.FileName)), request.Source));
    }
}
