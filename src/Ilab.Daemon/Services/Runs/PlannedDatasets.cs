using Ilab.Daemon.Hosting;
using Ilab.Daemon.Services.Models;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Posix.Files;

namespace Ilab.Daemon.Services.Runs;

/// <summary>The records of a training that is planned.</summary>
/// <param name="Path">Empty = there is none.</param>
internal sealed record PlannedData(string Path, long Bytes, Action Release) : IDisposable
{
    public PlannedData(string note)
        : this("", 0, static () => { }) => Notes = [note];

    public IReadOnlyList<string> Notes { get; } = [];

    public void Dispose() => Release();
}

/// <summary>Finds the records that a run names.</summary>
internal sealed class PlannedDatasets(ModelStoreParts store, EngineOptions options)
{
    private const long LargestData = 1L << 30;

    /// <summary>The records, in a file that a runner can read. What cannot be read is said, and the plan made without.</summary>
    public async Task<PlannedData> FindAsync(string? data, PlanOrigin origin, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(data))
        {
            return new PlannedData("no data is named: batches are taken to be full");
        }

        try
        {
            var dataset = await store.Datasets.ResolveAsync(origin.Caller, data, "a plan", cancellationToken).ConfigureAwait(false);
            var file = dataset.PathOf(null);
            return new PlannedData(file, new FileInfo(file).Length, dataset.Dispose);
        }
        catch (EngineException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.InvalidArgument)
        {
            return await CopyAsync(data, origin, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A copy, opened with the caller's rights: a runner has those of the service.</summary>
    private async Task<PlannedData> CopyAsync(string data, PlanOrigin origin, CancellationToken cancellationToken)
    {
        try
        {
            var path = Path.IsPathRooted(data) || origin.Directory.Length == 0 ? data : Path.Combine(origin.Directory, data);
            using var handle = PeerFileAccess.Open(path, origin.Peer);
            await using var source = new FileStream(handle, FileAccess.Read);
            if (source.Length > LargestData)
            {
                return new PlannedData($"{data} is larger than {ByteText.Of(LargestData)}: it was not read, batches are taken to be full");
            }

            var copy = Path.Combine(options.RuntimeDirectory, $"plan-{Guid.NewGuid():N}.jsonl");
            var planned = new PlannedData(copy, source.Length, () => File.Delete(copy));
            try
            {
                await SharedFile.WriteAsync(source, copy, cancellationToken).ConfigureAwait(false);
                return planned;
            }
            catch
            {
                planned.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is EngineException or IOException or UnauthorizedAccessException)
        {
            return new PlannedData($"the data was not read ({exception.Message}): batches are taken to be full");
        }
    }
}
