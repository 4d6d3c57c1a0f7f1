using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy.Git;

/// <summary>A copy of a repository in a folder: made whole or not at all, and brought up to date without touching anybody's work.</summary>
internal sealed class Clone(string folder)
{
    private readonly GitProgram _git = new(folder);

    /// <summary>Id of the commit that the files are of.</summary>
    public async Task<string> CommitAsync(CancellationToken cancellationToken) => await _git.RequireAsync(folder, ["rev-parse", "HEAD"], cancellationToken);

    public bool Exists => Directory.Exists(Path.Combine(folder, ".git"));

    public static async Task<Clone> MakeAsync(string folder, string repository, string? name, int depth, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(folder).TrimEnd('/');
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var part = $"{full}.{Environment.ProcessId}.part";
        try
        {
            Directory.CreateDirectory(part);
            var clone = new Clone(part);
            await clone._git.RequireAsync("a repository cannot be made", ["init", "--quiet", "--initial-branch=ilab-start"], cancellationToken);
            await clone._git.RequireAsync("the remote cannot be named", ["remote", "add", "--", "origin", repository], cancellationToken);
            var target = await RemoteRef.FindAsync(clone._git, repository, name, cancellationToken);
            await clone.FetchAsync(target, depth, cancellationToken);
            await clone.CheckOutAsync(target, cancellationToken);
            await clone.NoteMainAsync(name, target, cancellationToken);
            if (Directory.Exists(full))
            {
                Directory.Delete(full); // it is empty, or this fails
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

    /// <param name="expected">Repository that it has to be a copy of; null = whichever it is.</param>
    /// <exception cref="IlabException">There is work in it that would be lost, or it is a copy of another repository.</exception>
    public async Task UpdateAsync(string? expected, string? name, int depth, CancellationToken cancellationToken)
    {
        var repository = await _git.RequireAsync($"{folder} was not made by a download", ["remote", "get-url", "origin"], cancellationToken);
        if (expected is not null && expected != repository)
        {
            throw new IlabException(ErrorKind.AlreadyExists, $"{folder} is a copy of {repository}", "name another folder, or leave --repository away to update it");
        }

        if ((await _git.RequireAsync(folder, ["status", "--porcelain", "--untracked-files=no"], cancellationToken)).Length > 0)
        {
            throw new IlabException(ErrorKind.InUse, $"{folder} has changes that are not committed", "commit them, or download to another folder");
        }

        if (await HasOwnCommitsAsync(cancellationToken))
        {
            throw new IlabException(ErrorKind.InUse, $"{folder} has commits of its own", "update it with git, or download to another folder");
        }

        var isShallow = await _git.RequireAsync(folder, ["rev-parse", "--is-shallow-repository"], cancellationToken) == "true";
        var target = await RemoteRef.FindAsync(_git, repository, name, cancellationToken);
        await FetchAsync(target, isShallow ? depth : 0, cancellationToken);
        await CheckOutAsync(target, cancellationToken);
        await NoteMainAsync(name, target, cancellationToken);
    }

    /// <summary>As git clone does, for <c>tax diff</c> to compare with: without a name the target is what the origin calls its main branch.</summary>
    private async Task NoteMainAsync(string? name, RemoteRef target, CancellationToken cancellationToken)
    {
        if (name is null)
        {
            await _git.RequireAsync("the main branch cannot be noted", ["symbolic-ref", "refs/remotes/origin/HEAD", target.Local], cancellationToken);
        }
    }

    /// <summary>HEAD is neither what was fetched last, nor a tag, nor part of what is known of the remote.</summary>
    private async Task<bool> HasOwnCommitsAsync(CancellationToken cancellationToken)
    {
        var known = await _git.RunAsync(["rev-list", "--max-count=1", "HEAD", "--not", "--remotes", "--tags"], cancellationToken);
        if (known.Output.Trim().Length == 0)
        {
            return false;
        }

        var (head, fetched) = (await CommitAsync(cancellationToken), await _git.RunAsync(["rev-parse", "--verify", "--quiet", "FETCH_HEAD^{commit}"], cancellationToken));
        return head != fetched.Output.Trim();
    }

    private async Task FetchAsync(RemoteRef target, int depth, CancellationToken cancellationToken)
    {
        string[] limit = depth > 0 ? ["--depth", depth.ToString(System.Globalization.CultureInfo.InvariantCulture)] : [];
        var result = await _git.RunAsync(["fetch", "--quiet", "--no-tags", .. limit, "origin", target.Specification], cancellationToken);
        if (!result.IsGood && target.Kind == RefKind.Commit)
        {
            // Many servers give single commits only as part of a branch.
            await _git.RequireAsync("the download failed", ["fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*"], cancellationToken);
            await _git.RequireAsync($"the repository has no commit {target.Name}", ["fetch", "--quiet", ".", target.Name], cancellationToken);
        }
        else if (!result.IsGood)
        {
            throw new IlabException(ErrorKind.Source, $"the download failed: {result.Complaint}", "try again");
        }
    }

    private async Task CheckOutAsync(RemoteRef target, CancellationToken cancellationToken)
    {
        string[] arguments = target.Kind == RefKind.Branch ? ["checkout", "--quiet", "-B", target.Name, "--track", target.Local] : ["checkout", "--quiet", "--detach", target.Local];
        await _git.RequireAsync($"{target.Name} cannot be checked out", arguments, cancellationToken);
    }
}
