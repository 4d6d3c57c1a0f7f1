using Ilab.Engine.Store.Content;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Store.Content;

/// <summary>Folders of the service get their x bit back, at any depth; what is somebody else's stays as it is.</summary>
public sealed class FolderRepairTests : IDisposable
{
    private const UnixFileMode Broken = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Usable = Broken | UnixFileMode.UserExecute;
    private const string Job = "jobs/0123456789abcdef0123456789abcdef";

    private static readonly string[] Ours =
    [
        "store",
        "store/content",
        "store/content/blobs",
        "store/content/blobs/sha256",
        "store/content/ingest",
        "store/content/ingest/resume",
        "store/content/quarantine",
        "store/keys",
        "store/machine",
        "store/jobs",
        $"store/{Job}",
        $"store/{Job}/train",
        $"store/{Job}/train/checkpoint-20",
        $"store/{Job}/runner",
        "run",
        "run/turns",
        "run/runners",
        "run/runners/0123456789ab",
        "run/runners/.0123456789ac",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        // A folder that is left without its x bit cannot be removed by an ordinary user.
        var all = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
        };
        foreach (var folder in Directory.EnumerateDirectories(_folder.Path, "*", all))
        {
            File.SetUnixFileMode(folder, Usable);
        }

        _folder.Dispose();
    }

    [Fact]
    public void WhatTheServiceCreatesIsRepairedAtAnyDepth()
    {
        Make(Ours);
        Break(Ours);

        Assert.Equal(Ours.Order(), Repair().Order());
        Assert.All(Ours, name => Assert.Equal(Usable, Mode(name)));
        Assert.Empty(Repair());
    }

    [Fact]
    public void OtherFoldersAndOtherModesAreLeftAlone()
    {
        string[] others =
        [
            "store/mine",
            "store/content/mine",
            "store/jobs/mine",
            "store/jobs/0123456789abcdef",
            "run/mine",
            "run/runners/mine",
            "elsewhere",
            "elsewhere/within",
        ];
        Make([.. Ours, .. others]);
        Directory.CreateSymbolicLink(In($"{Ours[10]}/link"), In("elsewhere"));
        Directory.CreateSymbolicLink(In("store/jobs/fedcba9876543210fedcba9876543210"), In("elsewhere"));
        Break(others);
        (string Name, UnixFileMode Mode)[] chosen =
        [
            ("store/keys", UnixFileMode.UserRead),
            ("store/machine", Broken | UnixFileMode.GroupRead),
            ("run/turns", Usable | UnixFileMode.GroupRead),
        ];
        Array.ForEach(chosen, folder => File.SetUnixFileMode(In(folder.Name), folder.Mode));

        Assert.Empty(Repair());
        Assert.All(chosen, folder => Assert.Equal(folder.Mode, Mode(folder.Name)));
        Assert.All(others.Where(static name => name != "elsewhere/within"), name => Assert.Equal(Broken, Mode(name)));
    }

    [SkippableFact]
    public void FoldersOfAnotherUserAreLeftAlone()
    {
        Skip.IfNot(TestUser.CanBecomeAnother, TestUser.NeedsRoot);
        Make(Ours);
        string[] theirs = ["store/content/ingest", "store/content/ingest/resume", "run/runners", "run/runners/0123456789ab"];
        Break(theirs);
        Array.ForEach(theirs, name => new TestUser(20001, 20001).Own(In(name)));

        Assert.Empty(Repair());
        Assert.All(theirs, name => Assert.Equal(Broken, Mode(name)));
    }

    [Fact]
    public void AFreshStoreNeedsNone() => Assert.Empty(Repair());

    private string[] Repair()
    {
        var repair = new FolderRepair(In("store"), In("run"));
        repair.Roots();
        repair.Inside();
        return [.. repair.Repaired.Select(path => Path.GetRelativePath(_folder.Path, path))];
    }

    private void Make(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(In(name), Usable);
        }
    }

    /// <summary>The deepest first: through a broken folder nothing is reached.</summary>
    private void Break(IEnumerable<string> names)
    {
        foreach (var name in names.OrderByDescending(static name => name.Count(static character => character == '/')))
        {
            File.SetUnixFileMode(In(name), Broken);
        }
    }

    private string In(string name) => Path.Combine(_folder.Path, name);

    private UnixFileMode Mode(string name) => File.GetUnixFileMode(In(name)) & (UnixFileMode)0x1FF;
}
