using System.Text.Json;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Workloads.Batches;

/// <summary>Counts the inputs of unfinished batches for their users. That they are in use, as all that jobs read, the jobs themselves say.</summary>
internal sealed class BatchInputs : IBlobOwner
{
    public IEnumerable<BlobUse> Uses(SqliteConnection connection) => [];

    public IEnumerable<string> OfUser(SqliteConnection connection, uint uid) =>
        JobTable
            .UnfinishedOf(connection, BatchHandler.JobKind, uid)
            .Select(static request => JsonSerializer.Deserialize(request, BatchJson.Default.BatchRequest)!.Input);
}
