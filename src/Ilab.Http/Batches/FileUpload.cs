using System.Globalization;
using System.Text;
using Ilab.Engine.Store.UserFiles;
using Ilab.Engine.Workloads.Batches;
using Ilab.Http.Calls;
using Ilab.Posix.Files;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Ilab.Http.Batches;

/// <summary>Reads <c>multipart/form-data</c> with a file; its fields may come in any order.</summary>
internal static class FileUpload
{
    private const int LongestField = 1024;
    private const int RestOfForm = 64 << 10;
    private const int ShortestLife = 3600,
        LongestLife = 2_592_000;
    private const string File = "file",
        Purpose = "purpose",
        Anchor = "expires_after[anchor]",
        Seconds = "expires_after[seconds]";

    private static readonly string[] Fields = [Purpose, Anchor, Seconds];

    /// <exception cref="ProblemException">400, naming the field; 415: it is no form.</exception>
    public static async Task<FileObject> ReceiveAsync(HttpCall call)
    {
        if (call.Context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = BatchInput.MostBytes + RestOfForm;
        }

        var fields = new Dictionary<string, string>();
        (ReceivedFile Received, string Name)? file = null;
        try
        {
            var form = new MultipartReader(BoundaryOf(call.Request.ContentType), call.Request.Body);
            while (await NextAsync(form, call.Aborted).ConfigureAwait(false) is { } section)
            {
                if (
                    !ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var header)
                    || HeaderUtilities.RemoveQuotes(header.Name) is not { Length: > 0 } name
                )
                {
                    throw ProblemException.Invalid("a part of the form has no name");
                }

                if (name != File && !Fields.Contains(name.ToString()))
                {
                    continue; // means nothing here, and is not held
                }

                if (name != File)
                {
                    fields[name.ToString()] = await TextAsync(section, name.ToString(), call.Aborted).ConfigureAwait(false);
                    continue;
                }

                if (file is not null)
                {
                    throw ProblemException.Invalid("file: one at a time", File);
                }

                var called = (header.FileNameStar.HasValue ? header.FileNameStar : HeaderUtilities.RemoveQuotes(header.FileName)).ToString();
                var received = await call.Parts.Files.ReceiveAsync(call.Caller, section.Body, BatchInput.MostBytes, call.Aborted).ConfigureAwait(false);
                file = (received, called.Length > 0 ? called : "file");
            }

            return await AddAsync(call, fields, file).ConfigureAwait(false);
        }
        catch (IOException exception) when (exception is not Microsoft.AspNetCore.Http.BadHttpRequestException && !FileSystem.IsDiskFull(exception))
        {
            throw Broken();
        }
        finally
        {
            if (file is var (received, _))
            {
                await received.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task<FileObject> AddAsync(HttpCall call, Dictionary<string, string> fields, (ReceivedFile Received, string Name)? file)
    {
        var purpose = fields.GetValueOrDefault(Purpose) ?? throw ProblemException.Invalid("purpose is missing: it must be batch", Purpose);
        if (purpose != BatchFiles.Purpose)
        {
            throw ProblemException.Invalid($"the purpose {purpose} is not supported: files are for batches here", Purpose);
        }

        if (file is not var (received, name))
        {
            throw ProblemException.Invalid("file is missing: it must be a file", File);
        }

        var stored = await call.Parts.Files.AddAsync(call.Caller, name, purpose, LifetimeIn(fields), received, call.Aborted).ConfigureAwait(false);
        call.Target = $"name={stored.Id}";
        return BatchFiles.Of(stored);
    }

    private static TimeSpan? LifetimeIn(Dictionary<string, string> fields)
    {
        if (fields.GetValueOrDefault(Anchor) is { } anchor && anchor != "created_at")
        {
            throw ProblemException.Invalid($"{Anchor} must be created_at", Anchor);
        }

        if (!fields.TryGetValue(Seconds, out var text))
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= ShortestLife and <= LongestLife
            ? TimeSpan.FromSeconds(seconds)
            : throw ProblemException.Invalid($"{Seconds} must be an integer from {ShortestLife} to {LongestLife}", Seconds);
    }

    private static string BoundaryOf(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= 200 } boundary
            ? boundary.ToString()
            : throw new ProblemException(new Problem(415, "a file is uploaded as multipart/form-data, with a boundary"));

    private static ProblemException Broken() => ProblemException.Invalid("the form is not complete, or no valid multipart/form-data");

    private static async Task<MultipartSection?> NextAsync(MultipartReader form, CancellationToken cancellationToken)
    {
        try
        {
            return await form.ReadNextSectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException)
        {
            throw Broken();
        }
    }

    private static async Task<string> TextAsync(MultipartSection section, string name, CancellationToken cancellationToken)
    {
        var (bytes, used) = (new byte[LongestField + 1], 0);
        for (
            int read;
            used < bytes.Length && (read = await section.Body.ReadAsync(bytes.AsMemory(used), cancellationToken).ConfigureAwait(false)) > 0;
            used += read
        ) { }

        return used <= LongestField ? Encoding.UTF8.GetString(bytes, 0, used) : throw ProblemException.Invalid($"{name} is too long", name);
    }
}
