using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Secrets;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Secrets;

/// <summary>Named secrets: whose they are, what they may be, and that nobody else can read their files.</summary>
public sealed class SecretStoreTests : IDisposable
{
    private static readonly Caller Alice = new(4001, IsAdmin: false);
    private static readonly Caller Bob = new(4002, IsAdmin: false);
    private static readonly Caller Admin = new(4003, IsAdmin: true);

    private readonly TemporaryFolder _folder = new();

    private SecretStore Store => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EachUserHasNamesOfTheirOwn()
    {
        Store.Create(Alice, "openai", "of-alice\n", replace: false);
        Store.Create(Bob, "openai", "of-bob", replace: false);
        Assert.Equal(("of-alice", "of-bob"), (Store.Read(Alice.Uid, "openai"), Store.Read(Bob.Uid, "openai")));
        Assert.Equal([4001u], Store.List(Alice).Select(static secret => secret.Owner));
        Assert.Equal([4001u, 4002u], Store.List(Admin).Select(static secret => secret.Owner));
        Assert.Equal(ErrorKind.PermissionDenied, Fails(() => Store.Remove(Bob, Alice.Uid, "openai")));
        Store.Remove(Admin, Alice.Uid, "openai");
        Assert.Equal(ErrorKind.NotFound, Fails(() => Store.Require(Alice.Uid, "openai")));
        Store.Remove(Bob, null, "openai");
        Assert.Empty(Store.List(Admin));
    }

    [Fact]
    public void ANameInUseIsReplacedOnlyOnRequest()
    {
        Store.Create(Alice, "k", "one", replace: false);
        Assert.Equal(ErrorKind.AlreadyExists, Fails(() => Store.Create(Alice, "k", "two", replace: false)));
        Assert.Equal("one", Store.Read(Alice.Uid, "k"));
        Store.Create(Alice, "k", "two", replace: true);
        Assert.Equal("two", Store.Read(Alice.Uid, "k"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("two\nlines")]
    [InlineData("schlüssel")]
    [InlineData("a\0b")]
    public void WhatCannotBeSentAsACredentialIsRefused(string value)
    {
        Assert.Equal(ErrorKind.InvalidArgument, Fails(() => Store.Create(Alice, "k", value, replace: false)));
        Assert.Empty(Store.List(Admin));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../4002/openai")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("line\n")]
    public void ANameIsNotAPath(string name)
    {
        Assert.Equal(ErrorKind.InvalidArgument, Fails(() => Store.Create(Alice, name, "value", replace: false)));
        Assert.Equal(ErrorKind.InvalidArgument, Fails(() => Store.Read(Alice.Uid, name)));
        Assert.Equal(ErrorKind.InvalidArgument, Fails(() => Store.Remove(Alice, null, name)));
    }

    [Fact]
    public void FoldersAndFilesAreTheServicesAlone()
    {
        Store.Create(Alice, "k", "value", replace: false);
        Store.PutForJob("0123", "value");
        Assert.All(
            Directory.GetDirectories(_folder.Path, "*", SearchOption.AllDirectories),
            static folder => Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(folder))
        );
        var files = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories);
        Assert.Equal(2, files.Length);
        Assert.All(files, static file => Assert.Equal((UnixFileMode)0x180, File.GetUnixFileMode(file)));
    }

    private static ErrorKind Fails(Action act) => Assert.Throws<EngineException>(act).Kind;
}
