using System.Security.Cryptography;
using System.Text;
using Dapper;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Store.State;
using Microsoft.Data.Sqlite;

namespace Ilab.Engine.Tokens;

/// <summary>
/// Tokens of users. The database has only the SHA-256 of each secret: a secret has 256 random bits, which no dictionary holds, so a slow hash would protect
/// nothing more.
/// </summary>
public sealed class TokenStore(Database database, TimeProvider time)
{
    /// <summary>What every secret begins with, so that one can be told from the credentials of other services.</summary>
    public const string Prefix = "ilab_";

    private const int SecretBytes = 32;
    private const int IdBytes = 6;
    private const int LongestName = 80;
    private const int ShortestPrefix = 4;

    private Cache? _cache;

    /// <param name="lifetime">Null = until it is removed.</param>
    /// <returns>The token, and the secret, which is shown now or never.</returns>
    /// <exception cref="EngineException">INVALID_ARGUMENT.</exception>
    public async Task<(TokenRecord Token, string Secret)> CreateAsync(
        Caller caller,
        string name,
        IReadOnlyList<string> scopes,
        TimeSpan? lifetime,
        CancellationToken cancellationToken
    )
    {
        if (name.Length > LongestName || name.Any(char.IsControl))
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"the name of a token has at most {LongestName} characters, and no control characters");
        }

        if (lifetime <= TimeSpan.Zero)
        {
            throw new EngineException(ErrorKind.InvalidArgument, "a token cannot expire before it is created", "use a duration such as 30d");
        }

        var secret = Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var now = time.GetUtcNow();
        var token = new TokenRecord(
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes)),
            name,
            scopes,
            caller.Uid,
            now,
            lifetime < DateTimeOffset.MaxValue - now ? now + lifetime : null
        );
        await database
            .WriteAsync(
                (connection, transaction) =>
                    connection.Execute(
                        "INSERT INTO tokens (id, hash, name, scopes, uid, created, expires) VALUES (@id, @hash, @name, @scopes, @uid, @created, @expires)",
                        new
                        {
                            id = token.Id,
                            hash = HashOf(secret),
                            name,
                            scopes = string.Join(',', scopes),
                            uid = (long)caller.Uid,
                            created = now.ToUnixTimeMilliseconds(),
                            expires = token.Expires?.ToUnixTimeMilliseconds(),
                        },
                        transaction
                    ),
                cancellationToken
            )
            .ConfigureAwait(false);
        return (token, secret);
    }

    /// <summary>The caller's tokens, or everybody's for an admin; expired ones included.</summary>
    public async Task<IReadOnlyList<TokenRecord>> ListAsync(Caller caller, CancellationToken cancellationToken) =>
        [.. (await AllAsync(cancellationToken).ConfigureAwait(false)).Values.Where(token => caller.Owns(token.Uid)).OrderBy(static token => token.Created)];

    /// <summary>Removes a token: it is refused from now on.</summary>
    /// <param name="id">Id or unique prefix.</param>
    /// <exception cref="EngineException">NOT_FOUND, AMBIGUOUS.</exception>
    public async Task<TokenRecord> RemoveAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var found = (await ListAsync(caller, cancellationToken).ConfigureAwait(false))
            .Where(token => token.Id == id || (id.Length >= ShortestPrefix && token.Id.StartsWith(id, StringComparison.Ordinal)))
            .ToArray();
        if (found is not [var token])
        {
            throw found.Length == 0
                ? new EngineException(ErrorKind.NotFound, $"no such token: {id}", "'ilab token ls' lists tokens")
                : new EngineException(ErrorKind.Ambiguous, $"{id} is the beginning of {found.Length} tokens", "use more digits");
        }

        await database
            .WriteAsync(
                (connection, transaction) => connection.Execute("DELETE FROM tokens WHERE id = @id", new { id = token.Id }, transaction),
                cancellationToken
            )
            .ConfigureAwait(false);
        return token;
    }

    /// <summary>The token with a secret; null if there is none, or it has expired.</summary>
    public async Task<TokenRecord?> FindAsync(string secret, CancellationToken cancellationToken) =>
        (await AllAsync(cancellationToken).ConfigureAwait(false)).TryGetValue(HashOf(secret), out var token) && !(token.Expires <= time.GetUtcNow())
            ? token
            : null;

    private static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>By hash; kept until the next write, as every request needs it.</summary>
    private async Task<IReadOnlyDictionary<string, TokenRecord>> AllAsync(CancellationToken cancellationToken)
    {
        var version = database.Version;
        if (_cache is { } cache && cache.Version == version)
        {
            return cache.Tokens;
        }

        var tokens = await database.ReadAsync(Read, cancellationToken).ConfigureAwait(false);
        _cache = new Cache(version, tokens);
        return tokens;
    }

    private static Dictionary<string, TokenRecord> Read(SqliteConnection connection) =>
        connection
            .Query<Row>("SELECT id AS Id, hash AS Hash, name AS Name, scopes AS Scopes, uid AS Uid, created AS Created, expires AS Expires FROM tokens")
            .ToDictionary(static row => row.Hash, static row => row.ToRecord());

    private sealed record Cache(long Version, IReadOnlyDictionary<string, TokenRecord> Tokens);

    private sealed class Row
    {
        public string Id { get; set; } = "";

        public string Hash { get; set; } = "";

        public string Name { get; set; } = "";

        public string Scopes { get; set; } = "";

        public long Uid { get; set; }

        public long Created { get; set; }

        public long? Expires { get; set; }

        public TokenRecord ToRecord() =>
            new(
                Id,
                Name,
                Scopes.Split(',', StringSplitOptions.RemoveEmptyEntries),
                (uint)Uid,
                DateTimeOffset.FromUnixTimeMilliseconds(Created),
                Expires is { } expires ? DateTimeOffset.FromUnixTimeMilliseconds(expires) : null
            );
    }
}
