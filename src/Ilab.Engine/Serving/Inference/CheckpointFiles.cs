using Ilab.Engine.Errors;
using Ilab.Engine.Store.Catalog;
using Ilab.Posix.Files;

namespace Ilab.Engine.Serving.Inference;

/// <summary>GGUF files that are run from where they lie.</summary>
public static class CheckpointFiles
{
    /// <summary>The file or folder's weight files, all parts of a split model, first part first.</summary>
    /// <exception cref="EngineException">Not found, several models, or parts missing.</exception>
    public static IReadOnlyList<string> Find(string path) =>
        Path.IsPathFullyQualified(path)
            ? ModelFolder.Find(path).Weights
            : throw new EngineException(ErrorKind.InvalidArgument, $"{path} is not an absolute path");

    /// <summary>Changes when a file is replaced or written to, so that a changed checkpoint is never answered by the old one.</summary>
    internal static string Key(IReadOnlyList<string> files) =>
        "file:"
        + string.Join(',', files.Select(FileSystem.IdentityOf).Select(f => FormattableString.Invariant($"{f.Device:x}.{f.Inode}.{f.Size}.{f.Modified}")));
}
