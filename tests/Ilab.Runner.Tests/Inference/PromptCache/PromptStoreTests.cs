using Ilab.Runner.Inference.PromptCache;

namespace Ilab.Runner.Tests.Inference.PromptCache;

/// <summary>Prompts on disk: what was written whole comes back, and nothing else.</summary>
public sealed class PromptStoreTests : IDisposable
{
    private const long Plenty = 1 << 20;
    private static readonly byte[] State = [.. Enumerable.Range(0, 5000).Select(static value => (byte)(value * 7))];

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("ilab prompts ");

    private string Folder => Path.Combine(_root.FullName, "model", "kind");

    private string[] Files => Directory.Exists(Folder) ? Directory.GetFiles(Folder) : [];

    [Fact]
    public void APromptComesBackAfterARestart()
    {
        Open().Add(Tokens(300), "", State);
        var store = Open();
        var (entry, common) = store.Longest([.. Tokens(280), -1, -2], "");

        Assert.Equal(280, common);
        Assert.Equal(Tokens(300), entry!.Tokens);
        Assert.Equal(State, store.Read(entry));
        Assert.True(store.Has(Tokens(310), ""));
        Assert.False(store.Has(Tokens(900), ""));
    }

    [Fact]
    public void OnlyTheServiceMayReadIt()
    {
        Open().Add(Tokens(300), "", State);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(Files)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
    }

    [Fact]
    public void WhatAnAdapterComputedIsNotTakenForTheModels()
    {
        var store = Open();
        store.Add(Tokens(300), "adapter", State);

        Assert.Equal((null, 0), store.Longest(Tokens(300), ""));
        Assert.Equal(300, store.Longest(Tokens(300), "adapter").Common);
        Assert.Equal("adapter", Open().Longest(Tokens(300), "adapter").Entry!.Adapters);
    }

    [Fact]
    public void AConversationThatGoesOnTakesThePlaceOfItsBeginning()
    {
        var store = Open();
        store.Add(Tokens(300), "", State);
        store.Add(Tokens(400), "", State);

        Assert.Single(Files);
        Assert.Equal(400, store.Longest(Tokens(1000), "").Common);
    }

    [Theory]
    [InlineData(0)] // magic
    [InlineData(9)] // number of tokens
    [InlineData(40)] // a token
    [InlineData(3000)] // keys and values
    [InlineData(-1)] // the digest
    public void ADamagedByteCostsThePromptAndNothingElse(int offset)
    {
        Open().Add(Tokens(300), "", State);
        var path = Assert.Single(Files);
        var bytes = File.ReadAllBytes(path);
        bytes[offset < 0 ? ^-offset : offset] ^= 0x40;
        File.WriteAllBytes(path, bytes);
        var store = Open();
        var (entry, _) = store.Longest(Tokens(300), "");

        Assert.Null(entry is null ? null : store.Read(entry));
        Assert.Empty(Files);
        Assert.Equal((null, 0), store.Longest(Tokens(300), ""));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(500)]
    [InlineData(4000)]
    public void AFileThatIsCutOffIsRemoved(int length)
    {
        Open().Add(Tokens(300), "", State);
        using (var file = File.OpenWrite(Assert.Single(Files)))
        {
            file.SetLength(length);
        }

        Assert.Equal((null, 0), Open().Longest(Tokens(300), ""));
        Assert.Empty(Files);
    }

    [Fact]
    public void AFileThatIsGoneIsForgotten()
    {
        var store = Open();
        store.Add(Tokens(300), "", State);
        File.Delete(Assert.Single(Files));

        Assert.Null(store.Read(store.Longest(Tokens(300), "").Entry!));
        Assert.Equal((null, 0), store.Longest(Tokens(300), ""));
    }

    [Fact]
    public void ThoseUsedLeastRecentlyMakeRoomAlsoThoseOfOtherModels()
    {
        var other = Path.Combine(_root.FullName, "other", "kind");
        Directory.CreateDirectory(other);
        var old = Path.Combine(other, "old.prompt");
        File.WriteAllBytes(old, new byte[5000]);
        File.SetLastWriteTimeUtc(old, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var store = Open(limit: 14_000); // two prompts of 6,252 bytes
        store.Add(Tokens(300), "a", State);
        Assert.True(File.Exists(old));
        File.SetLastWriteTimeUtc(Assert.Single(Files), new DateTime(2021, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        store.Add(Tokens(300), "b", State);
        Assert.False(File.Exists(old));
        store.Add(Tokens(300), "c", State);

        Assert.Equal(2, Files.Length);
        Assert.Equal((null, 0), store.Longest(Tokens(300), "a"));
        Assert.Equal(300, store.Longest(Tokens(300), "c").Common);
    }

    [Fact]
    public void APromptLargerThanTheLimitDrivesNobodyOut()
    {
        var store = Open(limit: 10_000);
        store.Add(Tokens(300), "", State);
        store.Add([.. Tokens(400).Reverse()], "", new byte[20_000]);

        Assert.Single(Files);
        Assert.Equal(300, store.Longest(Tokens(300), "").Common);
    }

    [Fact]
    public void ADirectoryThatCannotBeMadeKeepsNothing()
    {
        File.WriteAllText(Path.Combine(_root.FullName, "model"), "in the way");
        var store = Open();
        store.Add(Tokens(300), "", State);

        Assert.Equal((null, 0), store.Longest(Tokens(300), ""));
    }

    public void Dispose() => _root.Delete(recursive: true);

    private static int[] Tokens(int count) => [.. Enumerable.Range(5, count)];

    private PromptStore Open(long limit = Plenty) => new(_root.FullName, Folder, limit, TimeProvider.System);
}
