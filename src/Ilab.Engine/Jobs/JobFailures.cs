using Ilab.Engine.Errors;
using Ilab.Posix.Files;

namespace Ilab.Engine.Jobs;

/// <summary>Maps an exception of a handler to the error of the job.</summary>
internal static class JobFailures
{
    public static EngineException DiskFull(string folder, Exception cause) =>
        new(ErrorKind.DiskFull, $"no space left in {folder}", "free some space with 'ilab system prune', or move the store", cause);

    /// <param name="folder">The directory that jobs write to.</param>
    public static JobError Of(Exception exception, string folder) =>
        exception switch
        {
            EngineException known => new JobError(known.Kind, known.Message, known.Hint),
            IOException full when FileSystem.IsDiskFull(full) => Of(DiskFull(folder, full), folder),
            _ => new JobError(ErrorKind.Internal, $"{exception.GetType().Name}: {exception.Message}", "see the log of ilabd for details"),
        };
}
