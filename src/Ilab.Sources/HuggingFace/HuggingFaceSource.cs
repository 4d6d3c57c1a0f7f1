using System.Net;
using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Store.Content;
using Ilab.Sources.Http;

namespace Ilab.Sources.HuggingFace;

/// <summary>
/// The Hugging Face hub, or a mirror of it (<c>HF_ENDPOINT</c>). The token is that of the request, else <c>HF_TOKEN</c>, else the token file; it is sent only
/// to the hub, never to hosts that it redirects to.
/// </summary>
public sealed class HuggingFaceSource(SourceHttp http, Retries retries, Func<string, string?> environment) : IModelSource
{
    private const int ListTries = 4;

    public bool CanHandle(string reference) => HubReference.IsOne(reference);

    public async Task<SourcePlan> PlanAsync(DownloadRequest request, Action<string> say, CancellationToken cancellationToken)
    {
        var reference = HubReference.Parse(request.Source);
        var token = request.Token ?? TokenOfEnvironment();
        var files = HubFiles.Choose(await ListAsync(reference, token, say, cancellationToken).ConfigureAwait(false), reference);
        var repository = reference.Repository[(reference.Repository.IndexOf('/', StringComparison.Ordinal) + 1)..];
        var quantization = reference.Quantization?.ToLowerInvariant();
        var name = reference.File is null
            ? ModelName.Sanitize(TrimGguf(repository)) + (quantization is null ? "" : ":" + ModelName.Sanitize(quantization))
            : ModelName.Sanitize(Path.GetFileNameWithoutExtension(files[0].Path));
        return new SourcePlan(
            [
                .. files.Select(file => new RemoteFile
                {
                    Url = new Uri($"{Endpoint}/{reference.Repository}/resolve/{Uri.EscapeDataString(reference.Revision)}/{EscapePath(file.Path)}"),
                    FileName = Path.GetFileName(file.Path),
                    Size = file.Size,
                    Expected = file.Sha256 is not null && Digest.TryParse("sha256:" + file.Sha256, out var digest) ? digest : null,
                    Token = token,
                }),
            ],
            name,
            $"hf://{reference.Repository}/{files[0].Path}"
        );
    }

    private string Endpoint => (environment("HF_ENDPOINT") is { Length: > 0 } endpoint ? endpoint : "https://huggingface.co").TrimEnd('/');

    private static string TrimGguf(string repository) => repository.EndsWith("-GGUF", StringComparison.OrdinalIgnoreCase) ? repository[..^5] : repository;

    private static string EscapePath(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private string? TokenOfEnvironment()
    {
        if (environment("HF_TOKEN") is { Length: > 0 } token)
        {
            return token;
        }

        var home = environment("HF_HOME") ?? (environment("HOME") is { } user ? Path.Combine(user, ".cache", "huggingface") : null);
        return home is not null && File.Exists(Path.Combine(home, "token")) ? File.ReadAllText(Path.Combine(home, "token")).Trim() : null;
    }

    private async Task<List<HubFile>> ListAsync(HubReference reference, string? token, Action<string> say, CancellationToken cancellationToken)
    {
        var files = new List<HubFile>();
        var start = new Uri($"{Endpoint}/api/models/{reference.Repository}/tree/{Uri.EscapeDataString(reference.Revision)}?recursive=true");
        var page = start;
        while (page is not null)
        {
            var (address, credential) = (page, SourceHttp.IsSameOrigin(start, page) ? token : null);
            using var response = await retries
                .RunAsync(() => http.GetAsync(address, credential, static _ => { }, cancellationToken), ListTries, say, cancellationToken)
                .ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                throw HubError.From(response, reference);
            }

            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            files.AddRange(await ReadPageAsync(body, reference, cancellationToken).ConfigureAwait(false));
            page = NextPage(response, page);
        }

        return files;
    }

    private static async Task<List<HubFile>> ReadPageAsync(Stream body, HubReference reference, CancellationToken cancellationToken)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(body, cancellationToken: cancellationToken).ConfigureAwait(false);
            return
            [
                .. document
                    .RootElement.EnumerateArray()
                    .Where(static entry => entry.GetProperty("type").GetString() == "file")
                    .Select(static entry => new HubFile(
                        entry.GetProperty("path").GetString()!,
                        entry.GetProperty("size").GetInt64(),
                        entry.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object ? lfs.GetProperty("oid").GetString() : null
                    )),
            ];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new EngineException(ErrorKind.Source, $"the file list of {reference.Repository} is invalid", "try again later", exception);
        }
    }

    /// <summary>The <c>Link: &lt;...&gt;; rel="next"</c> header.</summary>
    private static Uri? NextPage(HttpResponseMessage response, Uri page)
    {
        var link = response.Headers.TryGetValues("Link", out var values)
            ? values.FirstOrDefault(static value => value.Contains("rel=\"next\"", StringComparison.Ordinal))
            : null;
        var (open, close) = (link?.IndexOf('<', StringComparison.Ordinal) ?? -1, link?.IndexOf('>', StringComparison.Ordinal) ?? -1);
        return open >= 0 && close > open ? new Uri(page, link![(open + 1)..close]) : null;
    }
}

/// <summary>Maps the hub's errors to messages that say what to do.</summary>
internal static class HubError
{
    public static EngineException From(HttpResponseMessage response, HubReference reference)
    {
        var code = response.Headers.TryGetValues("X-Error-Code", out var values) ? values.FirstOrDefault() : null;
        return (code, response.StatusCode) switch
        {
            ("GatedRepo", _) => new EngineException(
                ErrorKind.PermissionDenied,
                $"{reference.Repository} is gated: its terms must be accepted first",
                "accept them on the model's page and set HF_TOKEN for ilabd"
            ),
            ("RevisionNotFound", _) => new EngineException(ErrorKind.NotFound, $"{reference.Repository} has no revision {reference.Revision}"),
            ("EntryNotFound", _) => new EngineException(ErrorKind.NotFound, $"{reference.File} is not in {reference.Repository}"),
            ("RepoNotFound", _) or (_, HttpStatusCode.NotFound) => new EngineException(
                ErrorKind.NotFound,
                $"no such repository: {reference.Repository}",
                "check its name; a private one needs HF_TOKEN"
            ),
            (_, HttpStatusCode.Unauthorized) => new EngineException(
                ErrorKind.PermissionDenied,
                $"{reference.Repository} does not exist or is private",
                "check its name; a private one needs HF_TOKEN"
            ),
            (_, HttpStatusCode.Forbidden) => new EngineException(ErrorKind.PermissionDenied, $"{reference.Repository}: the token does not grant access"),
            (_, HttpStatusCode.TooManyRequests) => new EngineException(ErrorKind.Source, "too many requests to the hub", "try again later, or set HF_TOKEN"),
            _ => new EngineException(ErrorKind.Source, $"{reference.Repository}: the hub answered {(int)response.StatusCode}", "try again later"),
        };
    }
}
