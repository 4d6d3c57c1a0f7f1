using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Posix.Files;
using Ilab.Posix.Processes;

namespace Ilab.Sources;

/// <summary>A partially downloaded file and its metadata: the version it belongs to, and its total size.</summary>
internal sealed class PartialFile(ContentStore content, Ingest ingest, RemoteFile file)
{
    private readonly string _statePath = ResumeState.PathOf(content, file.Key);

    public Ingest Ingest { get; } = ingest;

    public string FileName => file.FileName;

    /// <summary>Strong ETag or date of the version being downloaded; empty if the server sent none.</summary>
    public string Validator { get; private set; } = "";

    /// <summary>Total size in bytes; null = unknown.</summary>
    public long? Total { get; set; } = file.Size;

    /// <summary>Keeps data of an earlier attempt that is known to be durable and to belong to the same file; discards the rest.</summary>
    public void RestoreState()
    {
        if (Ingest.Length == 0)
        {
            return;
        }

        var state = ResumeState.Load(_statePath);
        if (state is null || (state.Validator.Length == 0 && file.Expected is null))
        {
            // With a digest to verify at the end, data of unknown origin does no harm.
            if (file.Expected is null)
            {
                Restart();
            }

            return;
        }

        (Validator, Total) = (state.Validator, state.Total ?? Total);
        if (state.Boot != Boot.Id && Ingest.Length > state.Flushed)
        {
            Ingest.Truncate(state.Flushed);
        }
    }

    /// <summary>Whether a response is of the same version as the earlier data.</summary>
    public bool IsOf(HttpResponseMessage response) => Validator.Length == 0 || ValidatorOf(response) is not { Length: > 0 } other || other == Validator;

    /// <summary>Records what the server says about the file.</summary>
    public void Learn(HttpResponseMessage response)
    {
        Validator = ValidatorOf(response) is { Length: > 0 } found ? found : Validator;
        Total = response.Content.Headers.ContentRange?.Length ?? (response.Content.Headers.ContentLength is { } rest ? rest + Ingest.Length : Total);
        Save();
    }

    /// <summary>Makes the received data and its metadata durable.</summary>
    public void Save()
    {
        try
        {
            Ingest.Flush();
            new ResumeState(Validator, Total, Ingest.Length, Boot.Id).Save(_statePath);
        }
        catch (IOException exception) when (FileSystem.IsDiskFull(exception))
        {
            // Less can be resumed then; a full disk is reported with the next write that fails.
        }
    }

    /// <summary>Discards the received data.</summary>
    public void Restart()
    {
        Ingest.Reset();
        (Validator, Total) = ("", file.Size);
        File.Delete(_statePath);
    }

    public void Remove()
    {
        Ingest.Abort();
        File.Delete(_statePath);
    }

    /// <exception cref="EngineException">CORRUPT: the data has been discarded.</exception>
    public async Task<Digest> CommitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Ingest.CommitAsync(file.Expected, Total, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(_statePath);
        }
    }

    private static string ValidatorOf(HttpResponseMessage response) =>
        response.Headers.ETag is { IsWeak: false } tag ? tag.ToString() : response.Content.Headers.LastModified?.ToString("R") ?? "";
}
