using System.Text;
using Ilab.Data.Isolation;
using Ilab.Engine.Errors;

namespace Ilab.Data.Synthesis.Documents;

/// <summary>Reads a document with <see cref="DocumentProgram"/>.</summary>
internal static class DocumentProcess
{
    public static readonly ReaderLimits Limits = new(TimeSpan.FromMinutes(2), HeapBytes: 1L << 30, OutputBytes: 64 << 20);

    /// <param name="extension"><c>.pdf</c> or <c>.html</c>.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT: it cannot be read, or not within the limits.</exception>
    public static async Task<string> ReadAsync(
        string path,
        string extension,
        ReadOnlyMemory<byte> bytes,
        ReaderLimits limits,
        CancellationToken cancellationToken
    )
    {
        using var process = ReaderProcess.Start(path, DocumentProgram.Verb, [extension], limits, cancellationToken);
        await process.SendAsync(AsyncEnumerable.Repeat(bytes, 1)).ConfigureAwait(false);
        using var text = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (await process.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var read)
        {
            text.Write(buffer, 0, read);
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }
}
