using System.Text;
using System.Text.Json;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>Reads conversations, tools and documents from JSON files.</summary>
internal static class ConversationFile
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowTrailingCommas = false };

    /// <param name="path">A file with a list of messages, or with an object that has <c>messages</c> and may have <c>tools</c> and <c>documents</c>; - =
    /// standard input.</param>
    /// <exception cref="IlabException">It cannot be read, or is something else.</exception>
    public static async Task<Conversation> ReadAsync(string path, CancellationToken cancellationToken)
    {
        using var document = await ParseAsync(path, cancellationToken);
        var (root, conversation) = (document.RootElement, new Conversation());
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("messages", out var messages))
        {
            conversation.Tools = Raw(root, "tools");
            conversation.Documents = Raw(root, "documents");
            root = messages;
        }

        if (root.ValueKind != JsonValueKind.Array || root.EnumerateArray().Any(static message => message.ValueKind != JsonValueKind.Object))
        {
            throw Invalid(path, "expected a JSON list of messages, or an object with messages");
        }

        conversation.Messages.AddRange(root.EnumerateArray().Select(static message => new ChatMessage { Fields = message.GetRawText() }));
        return conversation;
    }

    /// <returns>The list in the file as JSON.</returns>
    /// <exception cref="IlabException">It cannot be read, or is not a list.</exception>
    public static async Task<string> ReadListAsync(string path, CancellationToken cancellationToken)
    {
        using var document = await ParseAsync(path, cancellationToken);
        return document.RootElement.ValueKind == JsonValueKind.Array ? document.RootElement.GetRawText() : throw Invalid(path, "expected a JSON list");
    }

    private static async Task<JsonDocument> ParseAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return JsonDocument.Parse(WithoutMark(await BytesAsync(path, cancellationToken)), Options);
        }
        catch (JsonException exception)
        {
            throw Invalid(path, $"not valid JSON (line {exception.LineNumber + 1}, column {exception.BytePositionInLine + 1})");
        }
    }

    private static async Task<byte[]> BytesAsync(string path, CancellationToken cancellationToken)
    {
        if (path != "-")
        {
            return await InputFile.ReadAsync(path, cancellationToken);
        }

        using var input = StandardStreams.OpenInput();
        using var bytes = new MemoryStream();
        await input.CopyToAsync(bytes, cancellationToken);
        return bytes.ToArray();
    }

    private static ReadOnlyMemory<byte> WithoutMark(byte[] bytes) => bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsMemory(3) : bytes;

    private static string Raw(JsonElement root, string key) =>
        root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetRawText() : "";

    private static IlabException Invalid(string path, string problem) =>
        new(ErrorKind.InvalidArgument, $"{(path == "-" ? "standard input" : path)}: {problem}");
}
