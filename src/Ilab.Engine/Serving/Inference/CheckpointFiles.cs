using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Posix.Files;

namespace Ilab.Engine.Serving.Inference;

/// <summary>GGUF files outside the store.</summary>
public static class CheckpointFiles
{
    /// <summary>The weight files of a file or directory: all parts of a split model, in order.</summary>
    /// <exception cref="EngineException">Not found, several models, or missing parts.</exception>
    public static IReadOnlyList<string> Find(string path) =>
        Path.IsPathFullyQualified(path)
            ? ModelFolder.Find(path).Weights
            : throw new EngineException(ErrorKind.InvalidArgument, $"{path} is not an absolute path");

    /// <summary>Changes when a file is replaced or modified, so that a modified checkpoint is never served from the old contents.</summary>
    internal static string Key(IReadOnlyList<string> files) =>
        "file:"
        + string.Join(',', files.Select(FileSystem.IdentityOf).Select(f => FormattableString.Invariant($"{f.Device:x}.{f.Inode}.{f.Size}.{f.Modified}")));
}
