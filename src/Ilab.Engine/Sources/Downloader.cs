using System.Net;
using System.Net.Http.Headers;
using Ilab.Engine.Content;
using Ilab.Engine.Errors;
using Ilab.Engine.Models;

namespace Ilab.Engine.Sources;

/// <summary>
/// Fetches one file into the store. What came is kept through every interruption and asked for no second time, as long as the file is still the same one
/// (If-Range); nothing counts as whole before its size and digest are right.
/// </summary>
public sealed class Downloader(HttpClient http, ContentStore content, TimeProvider time)
{
    private const int BufferSize = 256 << 10;
    private const long FlushEvery = 64 << 20;
    private const int MostTries = 8;

    /// <summary>How long no byte may come before the connection is taken for dead.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>First wait between tries; doubled each time.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <exception cref="EngineException">SOURCE: gave up, what came is kept; CORRUPT, DISK_FULL, NOT_FOUND, PERMISSION_DENIED.</exception>
    public async Task<Digest> FetchAsync(RemoteFile file, Action<Transfer> progress, Action<string> say, CancellationToken cancellationToken)
    {
        if (file.Expected is { } known && content.Contains(known))
        {
            return known;
        }

        await using var ingest = await content.OpenIngestAsync(file.Key, cancellationToken).ConfigureAwait(false);
        var meter = new TransferMeter(file.FileName, ingest.Length, progress, time);
        var validator = ValidatorFile(file);
        long? size = file.Size;
        for (var attempt = 1; ; attempt++)
        {
            var before = ingest.Length;
            try
            {
                size = await ReceiveAsync(file, ingest, validator, meter, size, cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (Exception exception) when (IsPassing(exception, cancellationToken))
            {
                ingest.Flush();
                attempt = ingest.Length > before ? 1 : attempt;
                if (attempt >= MostTries)
                {
                    throw new EngineException(ErrorKind.Source, $"{file.FileName}: {Reason(exception)}; gave up after {MostTries} tries without a byte", "start the download again: what came is kept", exception);
                }

                var wait = (exception as RetryLater)?.After ?? Backoff * Math.Pow(2, attempt - 1) * (1 + Random.Shared.NextDouble() / 4);
                say($"{file.FileName}: {Reason(exception)}; going on at {ingest.Length} bytes in {wait.TotalSeconds:0.#} s");
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }
        }

        progress(new Transfer(file.FileName, "verifying", ingest.Length, ingest.Length, 0));
        var digest = await ingest.CommitAsync(file.Expected, size, cancellationToken).ConfigureAwait(false);
        File.Delete(validator);
        return digest;
    }

    /// <summary>Removes what came of a file.</summary>
    public void Discard(RemoteFile file)
    {
        content.DeleteIngest(file.Key);
        File.Delete(ValidatorFile(file));
    }

    private async Task<long?> ReceiveAsync(RemoteFile file, Ingest ingest, string validator, TransferMeter meter, long? size, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, file.Url);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (file.Token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", file.Token);
        }

        if (ingest.Length > 0)
        {
            if (ingest.Length == size)
            {
                return size;
            }

            request.Headers.Range = new RangeHeaderValue(ingest.Length, null);
            if (File.Exists(validator) && RangeConditionHeaderValue.TryParse(File.ReadAllText(validator), out var condition))
            {
                request.Headers.IfRange = condition;
            }
        }

        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(Stall);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
        Check(response, file);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // Nothing is left to send, or the file is another one: the digest or the size tells which.
            return response.Content.Headers.ContentRange?.Length is { } length && length == ingest.Length ? length : Restart(ingest, meter);
        }

        if (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != ingest.Length)
        {
            ingest.Reset();
            meter.Restart();
        }

        size = response.Content.Headers.ContentRange?.Length ?? (response.Content.Headers.ContentLength is { } rest ? rest + ingest.Length : size);
        if (size is { } total && new DriveInfo(content.Root).AvailableFreeSpace < total - ingest.Length)
        {
            throw content.DiskFull(total - ingest.Length);
        }

        Remember(response, validator);
        await CopyAsync(response, ingest, meter, size, stall, cancellationToken).ConfigureAwait(false);
        return size is { } due && ingest.Length < due ? throw new IOException($"the connection ended {due - ingest.Length} bytes too early") : size;
    }

    private async Task CopyAsync(HttpResponseMessage response, Ingest ingest, TransferMeter meter, long? size, CancellationTokenSource stall, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
        var buffer = new byte[BufferSize];
        var flushed = ingest.Length;
        while (true)
        {
            stall.CancelAfter(Stall);
            var read = await body.ReadAtLeastAsync(buffer, 1, throwOnEndOfStream: false, stall.Token).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            if (size is { } total && ingest.Length + read > total)
            {
                ingest.Abort();
                throw new EngineException(ErrorKind.Corrupt, $"{ingest.Key}: more bytes came than the {total} that were announced", "try again; the source may be damaged");
            }

            await ingest.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            meter.Report(ingest.Length, size ?? 0);
            if (ingest.Length - flushed > FlushEvery)
            {
                ingest.Flush();
                flushed = ingest.Length;
            }
        }
    }

    private static long? Restart(Ingest ingest, TransferMeter meter)
    {
        ingest.Reset();
        meter.Restart();
        throw new IOException("the file has changed; starting again");
    }

    private static void Check(HttpResponseMessage response, RemoteFile file)
    {
        var status = response.StatusCode;
        if (response.IsSuccessStatusCode || status == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return;
        }

        if (status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
        {
            throw new RetryLater($"the server asks to wait ({(int)status})", response.Headers.RetryAfter?.Delta);
        }

        throw status switch
        {
            HttpStatusCode.NotFound or HttpStatusCode.Gone => new EngineException(ErrorKind.NotFound, $"{file.Url.Host} has no {file.FileName}", "check the address"),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new EngineException(ErrorKind.PermissionDenied, $"{file.Url.Host} does not give {file.FileName} ({(int)status})", "it may need a credential"),
            >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout => new IOException($"the server answered {(int)status}"),
            _ => (Exception)new EngineException(ErrorKind.Source, $"{file.Url.Host} answered {(int)status} for {file.FileName}"),
        };
    }

    private static void Remember(HttpResponseMessage response, string validator)
    {
        var mark = response.Headers.ETag is { IsWeak: false } tag ? tag.ToString() : response.Content.Headers.LastModified?.ToString("R");
        if (mark is not null && (!File.Exists(validator) || File.ReadAllText(validator) != mark))
        {
            AtomicFile.Write(validator, System.Text.Encoding.UTF8.GetBytes(mark));
        }
    }

    private string ValidatorFile(RemoteFile file) =>
        Path.Combine(content.Root, "content", "ingest", "validator-" + Digest.Of(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(file.Key))).Short);

    private static bool IsPassing(Exception exception, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && (exception is HttpRequestException or IOException or OperationCanceledException or RetryLater);

    private static string Reason(Exception exception) => exception switch
    {
        OperationCanceledException => "no byte came for too long",
        HttpRequestException { InnerException: { } inner } => inner.Message,
        _ => exception.Message,
    };

    private sealed class RetryLater(string message, TimeSpan? after) : Exception(message)
    {
        public TimeSpan? After { get; } = after;
    }
}
