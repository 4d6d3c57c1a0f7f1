using System.Buffers;
using Ilab.Engine.Store.Content;
using Ilab.Http.Calls;
using Ilab.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Ilab.Http.Ollama;

/// <summary><c>/api/blobs/sha256:...</c>: files that a later <c>/api/create</c> makes a model of.</summary>
internal static class BlobEndpoints
{
    public static Task HasAsync(HttpCall call)
    {
        var digest = DigestOf(call);
        call.Response.StatusCode = call.Parts.Models.Content.Contains(digest) ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    public static async Task StoreAsync(HttpCall call)
    {
        var digest = DigestOf(call);
        var models = call.Parts.Models;
        call.Target = $"name={digest}";
        if (call.Context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null; // what fits on the disk and into the quota
        }

        call.Parts.Uploads.Hold(digest);
        if (models.Content.Contains(digest))
        {
            return;
        }

        var length = call.Request.ContentLength;
        models.Content.RequireSpace(length ?? 0);
        await models.RequireQuotaAsync(call.Caller, length ?? 0, call.Aborted).ConfigureAwait(false);
        await using var ingest = await models.Content.OpenIngestAsync($"upload-{Guid.NewGuid():N}", call.Aborted).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            for (int read; (read = await JsonBody.ReadAsync(call.Request, buffer, call.Aborted).ConfigureAwait(false)) > 0; )
            {
                await ingest.WriteAsync(buffer.AsMemory(0, read), call.Aborted).ConfigureAwait(false);
            }

            if (ingest.Digest != digest)
            {
                throw ProblemException.Invalid($"digest mismatch, expected {digest}, got {ingest.Digest}");
            }

            await ingest.CommitAsync(digest, length, call.Aborted).ConfigureAwait(false);
        }
        catch
        {
            ingest.Abort();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        call.Response.StatusCode = StatusCodes.Status201Created;
    }

    private static Digest DigestOf(HttpCall call) =>
        call.Rest.StartsWith("sha256:", StringComparison.Ordinal) && Digest.TryParse(call.Rest, out var digest)
            ? digest
            : throw ProblemException.Invalid($"invalid digest format: {call.Rest}");
}
