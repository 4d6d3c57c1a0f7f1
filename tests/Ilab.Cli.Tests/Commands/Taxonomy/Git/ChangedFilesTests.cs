using System.Diagnostics;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Taxonomy.Git;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Commands.Taxonomy.Git;

/// <summary>What a clone is compared with when nobody says so, whichever way it was made.</summary>
public sealed class ChangedFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ilab-changed-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("main", "clone")]
    [InlineData("trunk", "clone")] // only origin/HEAD says that this is the main branch
    [InlineData("main", "clone", "--branch", "v1")] // HEAD is detached
    [InlineData("trunk", "clone", "--branch", "v1")]
    public async Task AWholeCloneIsComparedWithTheMainBranchOfItsOrigin(string main, params string[] command)
    {
        Git(Origin(main), [.. command, "-q", Address, Clone]);
        Write("clone/knowledge/mine/qna.yaml");
        var changes = new ChangedFiles(Clone);
        Assert.Equal(["knowledge/mine/qna.yaml"], await changes.FindAsync(null, CancellationToken.None));
        Assert.Equal($"origin/{main} at {Git(Clone, "rev-parse", "HEAD")[..12]}", changes.Against);
        Git(Clone, "add", ".");
        Git(Clone, "commit", "-q", "-m", "mine");
        Assert.Equal(["knowledge/mine/qna.yaml"], await new ChangedFiles(Clone).FindAsync(null, CancellationToken.None));
    }

    [Fact]
    public async Task ASingleBranchIsComparedWithTheOneItFollows()
    {
        Git(Origin("main"), "branch", "next");
        Git(_folder.FullName, "clone", "-q", "--branch", "next", "--depth", "1", "--single-branch", Address, Clone);
        Write("clone/compositional_skills/mine/qna.yaml");
        var changes = new ChangedFiles(Clone);
        Assert.Equal(["compositional_skills/mine/qna.yaml"], await changes.FindAsync(null, CancellationToken.None));
        Assert.StartsWith("origin/next at ", changes.Against, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AShallowCloneOfATagHasNoBaseAndSaysWhichOneToName()
    {
        Origin("main");
        Git(_folder.FullName, "clone", "-q", "--branch", "v1", "--depth", "1", Address, Clone);
        Write("clone/knowledge/mine/qna.yaml");
        var error = await Assert.ThrowsAsync<IlabException>(() => new ChangedFiles(Clone).FindAsync(null, CancellationToken.None));
        Assert.Equal((ErrorKind.NotFound, $"{Clone} has no origin/HEAD, origin/main or main to compare with"), (error.Kind, error.Message));
        Assert.Contains("--base v1", error.Hint, StringComparison.Ordinal);
        Assert.Equal(["knowledge/mine/qna.yaml"], await new ChangedFiles(Clone).FindAsync("v1", CancellationToken.None));
        Git(Clone, "tag", "--delete", "v1");
        error = await Assert.ThrowsAsync<IlabException>(() => new ChangedFiles(Clone).FindAsync(null, CancellationToken.None));
        Assert.Contains("--base HEAD", error.Hint, StringComparison.Ordinal);
        Assert.Equal(["knowledge/mine/qna.yaml"], await new ChangedFiles(Clone).FindAsync("HEAD", CancellationToken.None));
    }

    [Fact]
    public async Task WhatWasDownloadedIsComparedWithTheMainBranchFromAnyBranch()
    {
        Origin("trunk");
        await Ilab.Cli.Commands.Taxonomy.Git.Clone.CreateAsync(Clone, Address, null, 1, CancellationToken.None);
        Git(Clone, "checkout", "-q", "-b", "mine", "--no-track");
        Write("clone/knowledge/mine/qna.yaml");
        var changes = new ChangedFiles(Clone);
        Assert.Equal(["knowledge/mine/qna.yaml"], await changes.FindAsync(null, CancellationToken.None));
        Assert.StartsWith("origin/trunk at ", changes.Against, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EverythingIsNewWithoutGitAndBeforeTheFirstCommitButNotWhereGitFails()
    {
        Write("plain/knowledge/a/qna.yaml");
        var plain = Path.Combine(_folder.FullName, "plain");
        Assert.Equal(["knowledge/a/qna.yaml"], await new ChangedFiles(plain).FindAsync(null, CancellationToken.None));
        Git(plain, "init", "-q");
        Assert.Equal(["knowledge/a/qna.yaml"], await new ChangedFiles(plain).FindAsync(null, CancellationToken.None));
        await File.WriteAllTextAsync(Path.Combine(plain, ".git", "config"), "[core\n");
        var error = await Assert.ThrowsAsync<IlabException>(() => new ChangedFiles(plain).FindAsync(null, CancellationToken.None));
        Assert.Contains("bad config line 1", error.Message, StringComparison.Ordinal);
    }

    private string Clone => Path.Combine(_folder.FullName, "clone");

    private string Address => "file://" + Path.Combine(_folder.FullName, "origin");

    /// <summary>A repository with two commits, of which the first has the tag v1.</summary>
    private string Origin(string main)
    {
        var origin = Path.Combine(_folder.FullName, "origin");
        Write("origin/knowledge/old/qna.yaml");
        Git(origin, "init", "-q", "-b", main);
        Git(origin, "add", ".");
        Git(origin, "commit", "-q", "-m", "first");
        Git(origin, "tag", "v1");
        Write("origin/knowledge/later/qna.yaml");
        Git(origin, "add", ".");
        Git(origin, "commit", "-q", "-m", "second");
        return origin;
    }

    private void Write(string path)
    {
        var full = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, "version: 3\n");
    }

    private static string Git(string folder, params string[] arguments)
    {
        using var git = Process.Start(
            new ProcessStartInfo(
                "git",
                ["-C", folder, "-c", "user.name=ada", "-c", "user.email=ada@example.org", "-c", "advice.detachedHead=false", .. arguments]
            )
            {
                RedirectStandardOutput = true,
            }
        )!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException($"git {string.Join(' ', arguments)}: {git.ExitCode}");
    }
}
