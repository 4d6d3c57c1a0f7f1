using System.Runtime.CompilerServices;
using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>Files to messages. Of a file that is too long only so much is sent as shows that it is.</summary>
internal static class FileReading
{
    private const int Longest = 4 << 20;
    private const int LongestAttribution = 64 << 10;

    public static async IAsyncEnumerable<TaxonomyFile> ReadAllAsync(IEnumerable<string> paths, string? standardInputName, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var path in paths)
        {
            yield return await ReadAsync(path, standardInputName, cancellationToken);
        }
    }

    /// <param name="standardInputName">What a file from standard input is taken for.</param>
    /// <exception cref="IlabException">The file cannot be read.</exception>
    public static async Task<TaxonomyFile> ReadAsync(string path, string? standardInputName, CancellationToken cancellationToken)
    {
        try
        {
            if (path == LocalFiles.StandardInput)
            {
                await using var input = Console.OpenStandardInput();
                var (typed, length) = await ReadAsync(input, Longest, cancellationToken);
                return new TaxonomyFile { Path = standardInputName ?? "(standard input)", FullPath = standardInputName is null ? "" : Path.GetFullPath(standardInputName), Content = typed, Size = length };
            }

            var fullPath = Path.GetFullPath(path);
            await using var file = Open(path);
            var (content, size) = await ReadAsync(file, Longest, cancellationToken);
            return new TaxonomyFile { Path = path, FullPath = fullPath, Content = content, Size = size, Attribution = await ReadAttributionAsync(fullPath, cancellationToken) };
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IlabException(ErrorKind.PermissionDenied, $"{path}: permission denied", "", exception);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IlabException(ErrorKind.NotFound, $"{path}: no such file", "", exception);
        }
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan);

    private static async Task<TaxonomyAttribution?> ReadAttributionAsync(string file, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetDirectoryName(file)!, "attribution.txt");
        try
        {
            await using var stream = Open(path);
            return new TaxonomyAttribution { Exists = true, Content = (await ReadAsync(stream, LongestAttribution, cancellationToken)).Content };
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new TaxonomyAttribution();
        }
        catch (UnauthorizedAccessException)
        {
            return null; // it is there, and says nothing to this user
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
