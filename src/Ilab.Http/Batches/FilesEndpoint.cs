using System.Text.Json;
using Ilab.Http.Calls;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Batches;

/// <summary><c>/v1/files</c>.</summary>
internal static class FilesEndpoint
{
    private const string Content = "/content";
    private const int MostOfAPage = 10_000;

    public static async Task ListAsync(HttpCall call)
    {
        var files = await BatchFiles.ListAsync(call).ConfigureAwait(false);
        var purpose = Paging.Text(call.Request, "purpose");
        var page = Paging.Of(
            call.Request,
            [.. files.Where(file => purpose is null || file.Purpose == purpose)],
            static file => file.Id,
            MostOfAPage,
            MostOfAPage
        );
        await Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(page, BatchesJson.Relaxed.PageFileObject)).ConfigureAwait(false);
    }

    public static async Task UploadAsync(HttpCall call) =>
        await AnswerAsync(call, await FileUpload.ReceiveAsync(call).ConfigureAwait(false)).ConfigureAwait(false);

    /// <summary>A file, or what is in it.</summary>
    public static async Task GetAsync(HttpCall call)
    {
        var isContent = call.Rest.EndsWith(Content, StringComparison.Ordinal);
        var id = isContent ? call.Rest[..^Content.Length] : call.Rest;
        call.Target = $"name={id}";
        var file = await BatchFiles.FindAsync(call, id).ConfigureAwait(false);
        if (!isContent)
        {
            await AnswerAsync(call, file).ConfigureAwait(false);
            return;
        }

        call.Response.ContentType = "application/octet-stream";
        call.Response.ContentLength = file.Bytes;
        if (!HttpMethods.IsHead(call.Request.Method))
        {
            await BatchFiles.WriteAsync(call, id, bytes => call.Response.Body.WriteAsync(bytes, call.Aborted).AsTask()).ConfigureAwait(false);
        }
    }

    public static async Task DeleteAsync(HttpCall call)
    {
        call.Target = $"name={call.Rest}";
        await BatchFiles.DeleteAsync(call, call.Rest).ConfigureAwait(false);
        var deleted = new Deleted(call.Rest, "file", IsDeleted: true);
        await Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(deleted, BatchesJson.Relaxed.Deleted)).ConfigureAwait(false);
    }

    private static Task AnswerAsync(HttpCall call, FileObject file) =>
        Answers.WriteJsonAsync(call, JsonSerializer.SerializeToUtf8Bytes(file, BatchesJson.Relaxed.FileObject));
}
