using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy.Git;

/// <summary>A clone in a directory: created atomically, and updated without touching local work.</summary>
internal sealed class Clone(string folder)
{
    private readonly GitProgram _git = new(folder);

    /// <summary>Id of the commit that is checked out.</summary>
    public async Task<string> CommitAsync(CancellationToken cancellationToken) => await _git.RequireAsync(folder, ["rev-parse", "HEAD"], cancellationToken);

    public bool Exists => Directory.Exists(Path.Combine(folder, ".git"));

    public static async Task<Clone> CreateAsync(string folder, string repository, string? name, int depth, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(folder).TrimEnd('/');
        OutputFile.CreateDirectory(Path.GetDirectoryName(full)!);
        var part = $"{full}.{Environment.ProcessId}.part";
        try
        {
            OutputFile.CreateDirectory(part);
            var clone = new Clone(part);
            await clone._git.RequireAsync("cannot create a repository", ["init", "--quiet", "--initial-branch=ilab-start"], cancellationToken);
            await clone._git.RequireAsync("cannot add the remote", ["remote", "add", "--", "origin", repository], cancellationToken);
            var target = await RemoteRef.FindAsync(clone._git, repository, name, cancellationToken);
            await clone.FetchAsync(target, depth, cancellationToken);
            await clone.CheckOutAsync(target, cancellationToken);
            await clone.RecordMainAsync(name, target, cancellationToken);
            if (Directory.Exists(full))
            {
                Directory.Delete(full); // fails unless it is empty
            }

            Directory.Move(part, full);
            return new Clone(folder);
        }
        finally
        {
            if (Directory.Exists(part))
            {
                Directory.Delete(part, recursive: true);
            }
        }
    }

    /// <param name="expected">Repository that it has to be a clone of; null = any.</param>
    /// <param name="name">Branch, tag or commit; null = the main branch.</param>
    /// <param name="depth">Commits of history; 0 = all.</param>
    /// <param name="cancellationToken">Ends git.</param>
    /// <exception cref="IlabException">It contains local work, or is a clone of another repository.</exception>
    public async Task UpdateAsync(string? expected, string? name, int depth, CancellationToken cancellationToken)
    {
        var repository = await _git.RequireAsync($"{folder} has no remote", ["remote", "get-url", "origin"], cancellationToken);
        if (expected is not null && expected != repository)
        {
            throw new IlabException(
                ErrorKind.AlreadyExists,
                $"{folder} is a clone of {repository}",
                "name another directory, or omit --repository to update it"
            );
        }

        if ((await _git.RequireAsync(folder, ["status", "--porcelain", "--untracked-files=no"], cancellationToken)).Length > 0)
        {
            throw new IlabException(ErrorKind.InUse, $"{folder} has uncommitted changes", "commit them, or download to another directory");
        }

        if (await HasLocalCommitsAsync(cancellationToken))
        {
            throw new IlabException(ErrorKind.InUse, $"{folder} has local commits", "update it with git, or download to another directory");
        }

        var isShallow = await _git.RequireAsync(folder, ["rev-parse", "--is-shallow-repository"], cancellationToken) == "true";
        var target = await RemoteRef.FindAsync(_git, repository, name, cancellationToken);
        await FetchAsync(target, isShallow ? depth : 0, cancellationToken);
        await CheckOutAsync(target, cancellationToken);
        await RecordMainAsync(name, target, cancellationToken);
    }

    /// <summary>Records origin/HEAD as git clone does, for <c>tax diff</c> to compare with.</summary>
    private async Task RecordMainAsync(string? name, RemoteRef target, CancellationToken cancellationToken)
    {
        if (name is null)
        {
            await _git.RequireAsync("cannot record the main branch", ["symbolic-ref", "refs/remotes/origin/HEAD", target.Local], cancellationToken);
        }
    }

    /// <summary>Whether HEAD is neither the last fetched commit, nor a tag, nor part of a remote branch.</summary>
    private async Task<bool> HasLocalCommitsAsync(CancellationToken cancellationToken)
    {
        var known = await _git.RunAsync(["rev-list", "--max-count=1", "HEAD", "--not", "--remotes", "--tags"], cancellationToken);
        if (known.Output.Trim().Length == 0)
        {
            return false;
        }

        var (head, fetched) = (
            await CommitAsync(cancellationToken),
            await _git.RunAsync(["rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}"], cancellationToken)
        );
        return head != fetched.Output.Trim();
    }

    private async Task FetchAsync(RemoteRef target, int depth, CancellationToken cancellationToken)
    {
        string[] limit = depth > 0 ? ["--depth", depth.ToString(System.Globalization.CultureInfo.InvariantCulture)] : [];
        var result = await _git.RunAsync(["fetch", "--quiet", "--no-tags", .. limit, "origin", target.Specification], cancellationToken);
        if (!result.Succeeded && target.Kind == RefKind.Commit)
        {
            // Many servers do not serve single commits: fetch all branches.
            await _git.RequireAsync("the download failed", ["fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*"], cancellationToken);
            await _git.RequireAsync($"the repository has no commit {target.Name}", ["fetch", "--quiet", ".", target.Name], cancellationToken);
        }
        else if (!result.Succeeded)
        {
            throw new IlabException(ErrorKind.Source, $"the download failed: {result.Complaint}", "check the network and try again");
        }
    }

    private async Task CheckOutAsync(RemoteRef target, CancellationToken cancellationToken)
    {
        string[] arguments =
            target.Kind == RefKind.Branch
                ? ["checkout", "--quiet", "-B", target.Name, "--track", target.Local]
                : ["checkout", "--quiet", "--detach", target.Local];
        await _git.RequireAsync($"cannot check out {target.Name}", arguments, cancellationToken);
    }
}
