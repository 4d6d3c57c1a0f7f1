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

    [Theory]
    [InlineData(true, "clone", "--single-branch", "--branch", "next")]
    [InlineData(true, "clone", "--single-branch", "--branch", "next", "--depth", "1")] // as continuous integration checks out a push
    [InlineData(false, "clone", "--branch", "next")]
    public async Task ABranchIsComparedWithTheMainBranchEvenIfThatWasNotFetched(bool isSingle, params string[] command)
    {
        var origin = Origin("main");
        Git(_folder.FullName, "clone", "-q", Address, At("work"));
        Git(At("work"), "checkout", "-q", "-b", "next");
        Write("work/compositional_skills/pushed/qna.yaml");
        Git(At("work"), "add", ".");
        Git(At("work"), "commit", "-q", "-m", "pushed");
        Git(At("work"), "push", "-q", "origin", "next");
        Git(_folder.FullName, [.. command, "-q", Address, Clone]);
        Write("clone/knowledge/mine/qna.yaml");
        var changes = new ChangedFiles(Clone);
        Assert.Equal(["compositional_skills/pushed/qna.yaml", "knowledge/mine/qna.yaml"], await changes.FindAsync(null, CancellationToken.None));
        Assert.Equal($"{(isSingle ? "main of origin" : "origin/main")} at {Git(origin, "rev-parse", "main")[..12]}", changes.Against);
        Assert.Equal(isSingle ? "" : "origin/main", Git(Clone, "for-each-ref", "--format=%(refname:short)", "refs/remotes/origin/main"));
    }

    [Fact]
    public async Task WhatABranchTookFromTheMainBranchIsNotItsOwn()
    {
        var origin = Origin("main");
        Git(_folder.FullName, "clone", "-q", Address, Clone);
        Git(Clone, "checkout", "-q", "-b", "feat");
        Write("clone/knowledge/mine/qna.yaml");
        Git(Clone, "add", ".");
        Git(Clone, "commit", "-q", "-m", "mine");
        Git(Clone, "checkout", "-q", "main");
        Write("clone/knowledge/theirs/qna.yaml");
        Git(Clone, "add", ".");
        Git(Clone, "commit", "-q", "-m", "theirs");
        Git(Clone, "push", "-q", "origin", "main");
        Git(Clone, "checkout", "-q", "feat");
        Git(Clone, "merge", "-q", "-m", "merged", "main");
        var changes = new ChangedFiles(Clone);
        Assert.Equal(["knowledge/mine/qna.yaml"], await changes.FindAsync(null, CancellationToken.None));
        Assert.Equal($"origin/main at {Git(origin, "rev-parse", "main")[..12]}", changes.Against);
    }

    [Fact]
    public async Task ASingleBranchWhoseOriginIsGoneIsComparedWithTheOneItFollows()
    {
        Git(Origin("main"), "branch", "next");
        Git(_folder.FullName, "clone", "-q", "--branch", "next", "--depth", "1", "--single-branch", Address, Clone);
        Git(Clone, "remote", "set-url", "origin", At("gone"));
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
        Git(Clone, "remote", "set-url", "origin", At("gone"));
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

    private string Clone => At("clone");

    private string At(string path) => Path.Combine(_folder.FullName, path);

    private string Address => "file://" + Path.Combine(_folder.FullName, "origin");

    /// <summary>A repository with two commits, of which the first has the tag v1.</summary>
    private string Origin(string main)
    {
        var origin = Path.Combine(_folder.FullName, "origin");
        Write("origin/knowledge/old/qna.yaml");
        Git(origin, "init", "-q", "-b", main);
        Git(origin, "config", "receive.denyCurrentBranch", "ignore");
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
