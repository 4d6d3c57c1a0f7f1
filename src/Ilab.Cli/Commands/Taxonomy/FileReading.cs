using System.Runtime.CompilerServices;
using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>Reads qna.yaml files for the service. Of an oversized file only the size is sent.</summary>
internal static class FileReading
{
    private const int MaxBytes = 4 << 20;
    private const int MaxAttributionBytes = 64 << 10;

    public static async IAsyncEnumerable<TaxonomyFile> ReadAllAsync(
        IEnumerable<string> paths,
        string? standardInputName,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var path in paths)
        {
            yield return await ReadAsync(path, standardInputName, cancellationToken);
        }
    }

    /// <param name="path">A file, or - for standard input.</param>
    /// <param name="standardInputName">The path to assume for standard input.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="IlabException">The file cannot be read.</exception>
    public static async Task<TaxonomyFile> ReadAsync(string path, string? standardInputName, CancellationToken cancellationToken)
    {
        try
        {
            if (path == LocalFiles.StandardInput)
            {
                await using var input = StandardStreams.OpenInput();
                var (typed, length) = await ReadAsync(input, MaxBytes, cancellationToken);
                return new TaxonomyFile
                {
                    Path = standardInputName ?? "(standard input)",
                    FullPath = standardInputName is null ? "" : Path.GetFullPath(standardInputName),
                    Content = typed,
                    Size = length,
                };
            }

            var fullPath = Path.GetFullPath(path);
            await using var file = InputFile.Open(path);
            var (content, size) = await ReadAsync(file, MaxBytes, cancellationToken);
            return new TaxonomyFile
            {
                Path = path,
                FullPath = fullPath,
                Content = content,
                Size = size,
                Attribution = await ReadAttributionAsync(fullPath, cancellationToken),
            };
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(path, FileUse.Read, exception);
        }
    }

    private static async Task<TaxonomyAttribution?> ReadAttributionAsync(string file, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetDirectoryName(file)!, "attribution.txt");
        try
        {
            await using var stream = InputFile.Open(path);
            return new TaxonomyAttribution { Exists = true, Content = (await ReadAsync(stream, MaxAttributionBytes, cancellationToken)).Content };
        }
        catch (IlabException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            return new TaxonomyAttribution();
        }
        catch (IlabException exception) when (exception.Kind == ErrorKind.PermissionDenied)
        {
            return null; // it exists, but this user may not read it
        }
    }

    private static async Task<(ByteString Content, ulong Size)> ReadAsync(Stream stream, int most, CancellationToken cancellationToken)
    {
        var buffer = new byte[stream.CanSeek ? (int)Math.Min(most, Math.Max(1, stream.Length)) : 16 << 10];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            length += read;
            if (read == 0 || (stream.CanSeek && length >= stream.Length) || length == most)
            {
                break;
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(most, buffer.Length * 2));
            }
        }

        var isLonger = length == most && (stream.CanSeek ? stream.Length > most : await stream.ReadAsync(new byte[1], cancellationToken) > 0);
        var size = isLonger ? Math.Max((ulong)most + 1, stream.CanSeek ? (ulong)stream.Length : 0) : (ulong)length;
        return (UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, isLonger ? 0 : length)), size);
    }
}
