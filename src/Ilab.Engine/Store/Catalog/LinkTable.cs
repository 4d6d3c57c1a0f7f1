using System.Security.Cryptography;
using Dapper;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Store.State;
using Ilab.Posix.Files;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Store.Catalog;

/// <summary>
/// Blobs that share their inode with a file outside the store, which others could write to: the file's identity is recorded at import, and if it differs at
/// load, the content is rehashed; modified blobs are quarantined and never loaded.
/// </summary>
public sealed class LinkTable(ContentStore content, Database database)
{
    public Task NoteAsync(Digest blob, CancellationToken cancellationToken) => NoteAsync(blob, content.BlobPath(blob), cancellationToken);

    /// <param name="path">Where the content is before it becomes a blob.</param>
    internal Task NoteAsync(Digest blob, string path, CancellationToken cancellationToken)
    {
        var identity = FileSystem.IdentityOf(path);
        return database.WriteAsync((connection, transaction) => Write(connection, transaction, blob, identity), cancellationToken);
    }

    /// <exception cref="EngineException">CORRUPT: the content was modified externally.</exception>
    public async Task VerifyAsync(Digest blob, string model, CancellationToken cancellationToken)
    {
        var noted = await database
            .ReadAsync(
                connection =>
                    connection.QuerySingleOrDefault<Row>(
                        "SELECT device, inode, size, modified, changed FROM links WHERE blob = @blob",
                        new { blob = blob.ToString() }
                    ),
                cancellationToken
            )
            .ConfigureAwait(false);
        if (noted is null || !content.Contains(blob))
        {
            return;
        }

        var now = FileSystem.IdentityOf(content.BlobPath(blob));
        if (noted == RowOf(now))
        {
            return;
        }

        if (await HashAsync(content.BlobPath(blob), cancellationToken).ConfigureAwait(false) != blob)
        {
            content.Quarantine(blob);
            throw new EngineException(ErrorKind.Corrupt, $"the file that {model} is linked to has changed; the model is quarantined", "import it again");
        }

        await database.WriteAsync((connection, transaction) => Write(connection, transaction, blob, now), cancellationToken).ConfigureAwait(false);
    }

    internal void Forget(SqliteConnection connection, SqliteTransaction transaction, Digest blob) =>
        connection.Execute("DELETE FROM links WHERE blob = @blob", new { blob = blob.ToString() }, transaction);

    private static async Task<Digest> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20);
        return Digest.Of(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
    }

    private static int Write(SqliteConnection connection, SqliteTransaction transaction, Digest blob, FileIdentity identity)
    {
        var row = RowOf(identity);
        return connection.Execute(
            "INSERT OR REPLACE INTO links (blob, device, inode, size, modified, changed) VALUES (@blob, @Device, @Inode, @Size, @Modified, @Changed)",
            new
            {
                blob = blob.ToString(),
                row.Device,
                row.Inode,
                row.Size,
                row.Modified,
                row.Changed,
            },
            transaction
        );
    }

    // Device and inode are unsigned, SQLite's integers are not. A changed link count also counts as a change: rehashing costs time, not trust.
    private static Row RowOf(FileIdentity identity) =>
        new(
            identity.Device.ToString(System.Globalization.CultureInfo.InvariantCulture),
            identity.Inode.ToString(System.Globalization.CultureInfo.InvariantCulture),
            identity.Size,
            identity.Modified,
            identity.Changed
        );

    private sealed record Row(string Device, string Inode, long Size, long Modified, long Changed);
}
