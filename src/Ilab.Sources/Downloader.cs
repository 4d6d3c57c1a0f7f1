using System.Net;
using System.Net.Http.Headers;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Sources.Http;

namespace Ilab.Sources;

/// <summary>
/// Downloads a file into the store. Partial data survives interruptions and is not downloaded again, as long as the file is unchanged (If-Range); a file is
/// complete only when its size and digest match. Concurrent requests for the same file share one download.
/// </summary>
public sealed class Downloader(SourceHttp http, ContentStore content, Retries retries)
{
    private const int BufferSize = 256 << 10;
    private const long FlushEvery = 64 << 20;
    private readonly KeyGate<Digest?> _gate = new();

    /// <summary>Time without data after which the connection is considered dead.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <param name="owner">Name of the requester, for others that want the same file.</param>
    /// <param name="reception">Receives the lease on the blob before it exists, and the progress.</param>
    /// <exception cref="EngineException">SOURCE: gave up, partial data is kept; CORRUPT, DISK_FULL, NOT_FOUND, PERMISSION_DENIED.</exception>
    internal async Task<Digest> FetchAsync(RemoteFile file, string owner, Reception reception, CancellationToken cancellationToken)
    {
        var (held, meter, say) = reception;
        using var turn = await _gate
            .EnterAsync(file.Key, owner, other => say($"{file.FileName} is already being downloaded; waiting for {other}"), cancellationToken)
            .ConfigureAwait(false);
        if ((file.Expected ?? turn.Previous) is { } known)
        {
            held.Add(known); // first: the blob may exist and be about to be removed
            if (content.Contains(known))
            {
                return known;
            }
        }

        await using var ingest = await content.OpenIngestAsync(file.Key, cancellationToken).ConfigureAwait(false);
        var partial = new PartialFile(content, ingest, file);
        partial.RestoreState();
        for (var failures = 0; ; )
        {
            var before = ingest.Length;
            try
            {
                await ReceiveAsync(file, partial, meter, cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (SourceUnavailable cause)
            {
                partial.Save();
                failures = ingest.Length > before ? 1 : failures + 1;
                await retries.WaitAsync(failures, retries.Most, cause, $"{file.FileName}: ", say, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                partial.Save();
                throw;
            }
        }

        meter.Phase("verifying", ingest.Length);
        held.Add(ingest.Digest);
        var digest = await partial.CommitAsync(cancellationToken).ConfigureAwait(false);
        turn.Result = digest;
        return digest;
    }

    /// <summary>Removes a partial file, unless it is being downloaded.</summary>
    public void Discard(string key)
    {
        using var turn = _gate.TryEnter(key);
        if (turn is not null)
        {
            content.DeleteIngest(key);
            File.Delete(ResumeState.PathOf(content, key));
        }
    }

    private async Task ReceiveAsync(RemoteFile file, PartialFile partial, TransferMeter meter, CancellationToken cancellationToken)
    {
        var ingest = partial.Ingest;
        if (ingest.Length > 0 && ingest.Length == partial.Total)
        {
            return;
        }

        using var response = await http.GetAsync(file.Url, file.Token, headers => Prepare(headers, partial), cancellationToken).ConfigureAwait(false);
        Check(response, file);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // There is nothing left to send, or the file has changed.
            if (response.Content.Headers.ContentRange?.Length != ingest.Length)
            {
                partial.Restart();
                throw new SourceUnavailable("the file has changed", TimeSpan.Zero);
            }

            partial.Total = ingest.Length;
            return;
        }

        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            if (response.Content.Headers.ContentRange?.From != ingest.Length || !partial.IsOf(response))
            {
                partial.Restart();
                throw new SourceUnavailable("the file has changed", TimeSpan.Zero);
            }
        }
        else if (ingest.Length > 0)
        {
            partial.Restart();
        }

        partial.Learn(response);
        if (partial.Total is { } total && new DriveInfo(content.Root).AvailableFreeSpace < total - ingest.Length)
        {
            throw content.DiskFull(total - ingest.Length);
        }

        await CopyAsync(response, partial, meter, cancellationToken).ConfigureAwait(false);
        if (partial.Total is { } due && ingest.Length < due)
        {
            throw new SourceUnavailable($"the connection closed {due - ingest.Length} bytes too early");
        }
    }

    private async Task CopyAsync(HttpResponseMessage response, PartialFile partial, TransferMeter meter, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var (ingest, buffer, flushed) = (partial.Ingest, new byte[BufferSize], partial.Ingest.Length);
        while (await ReadAsync(body, buffer, cancellationToken).ConfigureAwait(false) is > 0 and var read)
        {
            if (partial.Total is { } total && ingest.Length + read > total)
            {
                partial.Remove();
                throw new EngineException(
                    ErrorKind.Corrupt,
                    $"{partial.FileName}: received more than the announced {total} bytes",
                    "try again; the source may be damaged"
                );
            }

            await ingest.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            meter.Received(read, ingest.Length, partial.Total);
            if (ingest.Length - flushed > FlushEvery)
            {
                partial.Save();
                flushed = ingest.Length;
            }
        }
    }

    private async Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(Stall);
        try
        {
            return await body.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SourceUnavailable($"no data received for {Stall.TotalSeconds:0.#} s", null, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new SourceUnavailable("the connection was lost", null, exception);
        }
    }

    private static void Prepare(HttpRequestHeaders headers, PartialFile partial)
    {
        headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (partial.Ingest.Length > 0)
        {
            headers.Range = new RangeHeaderValue(partial.Ingest.Length, null);
            if (RangeConditionHeaderValue.TryParse(partial.Validator, out var condition))
            {
                headers.IfRange = condition;
            }
        }
    }

    private static void Check(HttpResponseMessage response, RemoteFile file)
    {
        var status = response.StatusCode;
        if (!response.IsSuccessStatusCode && status != HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            throw status switch
            {
                HttpStatusCode.NotFound or HttpStatusCode.Gone => new EngineException(
                    ErrorKind.NotFound,
                    $"{file.Url.Host} has no {file.FileName}",
                    "check the address"
                ),
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new EngineException(
                    ErrorKind.PermissionDenied,
                    $"{file.Url.Host} denies access to {file.FileName} ({(int)status})",
                    "it may require a token"
                ),
                _ => new EngineException(ErrorKind.Source, $"{file.Url.Host} answered {(int)status} for {file.FileName}", "try again later"),
            };
        }
    }
}

/// <summary>What the requester of a download provides.</summary>
/// <param name="Held">Leases the blob before it exists.</param>
/// <param name="Meter">Receives the progress.</param>
/// <param name="Say">Receives messages for the user.</param>
internal sealed record Reception(LeaseGroup Held, TransferMeter Meter, Action<string> Say);
