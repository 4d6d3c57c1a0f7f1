using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Posix.Files;
using Ilab.Posix.Processes;

namespace Ilab.Sources;

/// <summary>What came of a file so far, and what is known of it: which version the bytes are of, how many there will be.</summary>
internal sealed class PartialFile(ContentStore content, Ingest ingest, RemoteFile file)
{
    private readonly string _statePath = ResumeState.PathOf(content, file.Key);

    public Ingest Ingest { get; } = ingest;

    public string FileName => file.FileName;

    /// <summary>Strong ETag or date of the version that is being fetched; empty = the server gives none.</summary>
    public string Validator { get; private set; } = "";

    /// <summary>Bytes of the whole file; null = not said.</summary>
    public long? Total { get; set; } = file.Size;

    /// <summary>Keeps of an earlier attempt what is on disk for certain and can be told to be of the same file; the rest goes.</summary>
    public void Trust()
    {
        if (Ingest.Length == 0)
        {
            return;
        }

        var state = ResumeState.Load(_statePath);
        if (state is null || (state.Validator.Length == 0 && file.Expected is null))
        {
            // With a digest at the end, bytes of unknown origin do no harm.
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

    /// <summary>Whether a part is of the version that the earlier parts are of.</summary>
    public bool IsOf(HttpResponseMessage response) => Validator.Length == 0 || ValidatorOf(response) is not { Length: > 0 } other || other == Validator;

    /// <summary>Takes note of what the server says of the file.</summary>
    public void Learn(HttpResponseMessage response)
    {
        Validator = ValidatorOf(response) is { Length: > 0 } found ? found : Validator;
        Total = response.Content.Headers.ContentRange?.Length ?? (response.Content.Headers.ContentLength is { } rest ? rest + Ingest.Length : Total);
        Save();
    }

    /// <summary>Makes what came durable, with what is known of it.</summary>
    public void Save()
    {
        try
        {
            Ingest.Flush();
            new ResumeState(Validator, Total, Ingest.Length, Boot.Id).Save(_statePath);
        }
        catch (IOException exception) when (FileSystem.IsDiskFull(exception))
        {
            // Less can be kept then; the next byte that does not fit says that the disk is full.
        }
    }

    /// <summary>Forgets what came.</summary>
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

    /// <exception cref="EngineException">CORRUPT: nothing is left of it then.</exception>
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
