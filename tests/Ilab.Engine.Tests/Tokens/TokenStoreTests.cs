using System.Text;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Tokens;
using Ilab.Testing.Stores;
using Microsoft.Extensions.Time.Testing;

namespace Ilab.Engine.Tests.Tokens;

/// <summary>Tokens by their secrets, which are in no file.</summary>
public sealed class TokenStoreTests : IDisposable
{
    private static readonly Caller Ann = new(1001, IsAdmin: false);
    private static readonly Caller Bob = new(1002, IsAdmin: false);

    private readonly StoreFixture _store = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly TokenStore _tokens;

    public TokenStoreTests() => _tokens = new TokenStore(_store.Database, _time);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task ASecretFindsItsTokenAndIsInNoFile()
    {
        var (token, secret) = await CreateAsync(Ann, null);
        var found = await _tokens.FindAsync(secret, CancellationToken.None);
        Assert.Equal((token.Id, 1001U, "look,run"), (found!.Id, found.Uid, string.Join(',', found.Scopes)));
        Assert.Null(await _tokens.FindAsync(secret + "x", CancellationToken.None));
        var bytes = Encoding.ASCII.GetBytes(secret[TokenStore.Prefix.Length..]);
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(_store.Database.FilePath)!, "ilab.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            Assert.True(copy.ToArray().AsSpan().IndexOf(bytes) < 0, file);
        }
    }

    [Fact]
    public async Task AnExpiredTokenIsNotFoundButListed()
    {
        var (token, secret) = await CreateAsync(Ann, TimeSpan.FromHours(1));
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.NotNull(await _tokens.FindAsync(secret, CancellationToken.None));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await _tokens.FindAsync(secret, CancellationToken.None));
        Assert.Equal(token.Id, Assert.Single(await _tokens.ListAsync(Ann, CancellationToken.None)).Id);
    }

    [Fact]
    public async Task ARemovedTokenIsGoneAndOthersCannotRemoveIt()
    {
        var (token, secret) = await CreateAsync(Ann, null);
        Assert.Empty(await _tokens.ListAsync(Bob, CancellationToken.None));
        var refused = await Assert.ThrowsAsync<EngineException>(() => _tokens.RemoveAsync(Bob, token.Id, CancellationToken.None));
        Assert.Equal(ErrorKind.NotFound, refused.Kind);
        Assert.Equal(token.Id, (await _tokens.RemoveAsync(Ann, token.Id[..6], CancellationToken.None)).Id);
        Assert.Null(await _tokens.FindAsync(secret, CancellationToken.None));
    }

    [Fact]
    public async Task TokensOutliveTheService()
    {
        var (_, secret) = await CreateAsync(Ann, null);
        Assert.NotNull(await new TokenStore(_store.Database, _time).FindAsync(secret, CancellationToken.None));
    }

    private Task<(TokenRecord Token, string Secret)> CreateAsync(Caller caller, TimeSpan? lifetime) =>
        _tokens.CreateAsync(caller, "a test", ["look", "run"], lifetime, CancellationToken.None);
}
