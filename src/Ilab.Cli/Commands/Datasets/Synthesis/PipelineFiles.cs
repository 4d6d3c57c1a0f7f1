using System.Text;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Output;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets.Synthesis;

/// <summary>The files of a pipeline: the pipeline itself, or all pipelines of a directory, and the prompts that they name. Nothing else is read.</summary>
internal sealed class PipelineFiles
{
    private const int LargestFile = 16_000_000;

    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <summary>Contents by path: relative to the parent of the pipelines' directory, or absolute where a pipeline names an absolute path.</summary>
    public IReadOnlyDictionary<string, byte[]> All => _files;

    /// <returns>The path of the pipeline or of the directory among the files; null if there is no such file.</returns>
    /// <exception cref="IlabException">A file cannot be read, or is too large; the directory contains no pipelines.</exception>
    public async Task<string?> ReadAsync(string pipeline, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(pipeline);
        if (Directory.Exists(full))
        {
            var paths = Directory.EnumerateFiles(full, "*.yaml").Order(StringComparer.Ordinal).ToList();
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(full));
            foreach (var path in paths)
            {
                await AddAsync(path, name, cancellationToken);
            }

            return paths.Count > 0 && name.Length > 0
                ? name
                : throw new IlabException(ErrorKind.InvalidArgument, $"{pipeline} contains no pipelines", "name the directory that contains them");
        }

        if (!File.Exists(full))
        {
            return null;
        }

        var folder = Path.GetFileName(Path.GetDirectoryName(full)!);
        await AddAsync(full, folder, cancellationToken);
        return Key(folder, Path.GetFileName(full));
    }

    private async Task AddAsync(string path, string folder, CancellationToken cancellationToken)
    {
        var content = await ReadFileAsync(path, cancellationToken);
        _files[Key(folder, Path.GetFileName(path))] = content;
        foreach (var named in PipelineNames.In(Encoding.UTF8.GetString(content)))
        {
            var other = Path.GetFullPath(named, Path.GetDirectoryName(path)!);
            if (File.Exists(other))
            {
                _files.TryAdd(Path.IsPathRooted(named) ? named : Key(folder, named), await ReadFileAsync(other, cancellationToken));
            }
        }
    }

    private static string Key(string folder, string path) => folder.Length > 0 ? $"{folder}/{path}" : path;

    private static async Task<byte[]> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        // Pipes and devices may never end.
        if (FileType.IsSpecial(path))
        {
            throw new IlabException(ErrorKind.InvalidArgument, $"{path} is not a regular file");
        }

        using var file = InputFile.Open(path);
        if (file.Length > LargestFile)
        {
            throw new IlabException(
                ErrorKind.InvalidArgument,
                $"{path} has {Human.Size((ulong)file.Length)}: files of a pipeline have at most {Human.Size((ulong)LargestFile)}"
            );
        }

        var content = new byte[file.Length];
        await file.ReadExactlyAsync(content, cancellationToken);
        return content;
    }
}
