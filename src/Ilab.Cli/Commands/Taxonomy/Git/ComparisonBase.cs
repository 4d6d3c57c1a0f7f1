using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy.Git;

/// <summary>Finds the commit to compare a checkout with: where it left the main branch.</summary>
internal sealed class ComparisonBase(string folder)
{
    private const string Remotes = "refs/remotes/";

    private static readonly string[] MainBranches = ["origin/main", "origin/master", "main", "master"];

    private readonly GitProgram _git = new(folder);

    /// <param name="wanted">A branch, tag or commit; null = the main branch: of origin, else a local one, else the upstream of the current branch.</param>
    /// <param name="cancellationToken">Ends git.</param>
    /// <returns>For a branch the merge base with HEAD, else the commit that is named; and a description.</returns>
    /// <exception cref="IlabException">NOT_FOUND: no such base, nothing in common with it, or none was named and there is no main branch.</exception>
    public async Task<(string Commit, string Description)> FindAsync(string? wanted, CancellationToken cancellationToken)
    {
        wanted ??= await KnownMainAsync(cancellationToken);
        if (wanted is null && await RemoteMainAsync(cancellationToken) is { } remote)
        {
            return remote;
        }

        wanted ??= await UpstreamAsync(cancellationToken);
        var named = await _git.RunAsync(["rev-parse", "--verify", "--quiet", "--end-of-options", $"{wanted}^{{commit}}"], cancellationToken);
        if (!named.Succeeded)
        {
            throw new IlabException(
                ErrorKind.NotFound,
                $"{folder} has no branch, tag or commit {wanted}",
                "fetch it, name another --base, or use --base empty"
            );
        }

        var commit = named.Output.Trim();
        if (await IsBranchAsync(wanted, cancellationToken))
        {
            commit =
                await MergeBaseAsync(commit, cancellationToken)
                ?? throw new IlabException(ErrorKind.NotFound, $"HEAD and {wanted} have no commit in common", "fetch more of the history, or use --base empty");
        }

        return (commit, $"{wanted} at {commit[..12]}");
    }

    /// <summary>The main branch of origin or a local one, as far as it was fetched.</summary>
    private async Task<string?> KnownMainAsync(CancellationToken cancellationToken)
    {
        var head = (await _git.RunAsync(["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"], cancellationToken)).Output.Trim();
        string[] candidates = head.StartsWith(Remotes, StringComparison.Ordinal) ? [head[Remotes.Length..], .. MainBranches] : MainBranches;
        foreach (var candidate in candidates)
        {
            if (await IsBranchAsync(candidate, cancellationToken))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>
    /// The main branch that origin itself names, for clones of a single branch and for checkouts of continuous integration: its commit is fetched, without a
    /// name for it. In a shallow clone, whose history does not reach back, it is compared with as it is.
    /// </summary>
    /// <returns>Null if there is no origin, or if it cannot be reached.</returns>
    private async Task<(string Commit, string Description)?> RemoteMainAsync(CancellationToken cancellationToken)
    {
        const string Symbolic = "ref: refs/heads/";
        var lines = (await _git.RunAsync(["ls-remote", "--symref", "origin", "HEAD"], cancellationToken)).Output.Split('\n');
        var name = Array.Find(lines, static line => line.StartsWith(Symbolic, StringComparison.Ordinal))?[Symbolic.Length..].Split('\t')[0];
        var commit = Array
            .Find(lines, static line => line.EndsWith("\tHEAD", StringComparison.Ordinal) && !line.StartsWith("ref:", StringComparison.Ordinal))
            ?.Split('\t')[0];
        if (name is null || commit is null)
        {
            return null;
        }

        var isShallow = await _git.RequireAsync(folder, ["rev-parse", "--is-shallow-repository"], cancellationToken) == "true";
        string[] depth = isShallow ? ["--depth=1"] : [];
        if (
            !(await _git.RunAsync(["cat-file", "-e", $"{commit}^{{commit}}"], cancellationToken)).Succeeded
            && !(await _git.RunAsync(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", .. depth, "origin", name], cancellationToken)).Succeeded
        )
        {
            return null;
        }

        var common = await MergeBaseAsync(commit, cancellationToken);
        return common is null && !isShallow
            ? throw new IlabException(ErrorKind.NotFound, $"HEAD and {name} of origin have no commit in common", "name another --base, or use --base empty")
            : (common ?? commit, $"{name} of origin at {(common ?? commit)[..12]}");
    }

    private async Task<string> UpstreamAsync(CancellationToken cancellationToken)
    {
        var upstream = (await _git.RunAsync(["rev-parse", "--symbolic-full-name", "@{upstream}"], cancellationToken)).Output.Trim();
        if (upstream.StartsWith(Remotes, StringComparison.Ordinal))
        {
            return upstream[Remotes.Length..];
        }

        var tag = await _git.RunAsync(["describe", "--tags", "--exact-match", "HEAD"], cancellationToken);
        throw new IlabException(
            ErrorKind.NotFound,
            $"{folder} has no origin/HEAD, origin/main or main to compare with",
            $"choose a base: --base {(tag.Succeeded ? tag.Output.Trim() : "HEAD")} for uncommitted changes, --base empty for all files"
        );
    }

    private async Task<string?> MergeBaseAsync(string commit, CancellationToken cancellationToken) =>
        await _git.RunAsync(["merge-base", "HEAD", commit], cancellationToken) is { Succeeded: true } found ? found.Output.Trim() : null;

    private async Task<bool> IsBranchAsync(string name, CancellationToken cancellationToken) =>
        (
            await _git.RunAsync(
                ["show-ref", "--verify", "--quiet", $"refs/{(name.Contains('/', StringComparison.Ordinal) ? "remotes" : "heads")}/{name}"],
                cancellationToken
            )
        ).Succeeded;
}
