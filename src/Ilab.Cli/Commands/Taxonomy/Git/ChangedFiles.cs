using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy.Git;

/// <summary>Which files of questions a tree has that its base has not, or has otherwise; what is not committed counts, too.</summary>
internal sealed class ChangedFiles(string folder)
{
    /// <summary>The base that means: everything.</summary>
    public const string Empty = "empty";

    private static readonly string[] UsualBases = ["origin/main", "origin/master", "main", "master"];

    private readonly GitProgram _git = new(folder);

    /// <summary>What the list was made against, in words.</summary>
    public string Against { get; private set; } = "nothing: all files";

    /// <summary>Paths below the folder, in the order of their names.</summary>
    /// <param name="wanted">A branch, tag or commit, or <see cref="Empty"/>; null = the main branch, and everything in a folder without git or without a commit.</param>
    /// <exception cref="IlabException">NOT_FOUND: no such base, or none was named and there is no main branch; SOURCE: git does not read the folder.</exception>
    public async Task<List<string>> FindAsync(string? wanted, CancellationToken cancellationToken)
    {
        if (wanted == Empty || !await IsRepositoryAsync(wanted, cancellationToken))
        {
            return Everything();
        }

        wanted ??= await UsualBaseAsync(cancellationToken);
        var commit = await BaseOfAsync(wanted, cancellationToken);
        Against = $"{wanted} at {commit[..12]}";
        var changed = await _git.RequireAsync("the changes cannot be listed", ["diff", "--no-ext-diff", "--no-renames", "--relative", "--name-only", "-z", "--diff-filter=d", commit, "--", .. LocalFiles.Roots], cancellationToken);
        var untracked = await _git.RequireAsync("new files cannot be listed", ["ls-files", "-z", "--others", "--exclude-standard", "--", .. LocalFiles.Roots], cancellationToken);
        return [.. Split(changed).Concat(Split(untracked)).Where(static path => Path.GetFileName(path) == LocalFiles.FileName || LocalFiles.IsMisnamed(path)).Distinct().Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Split(string list) => list.Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private List<string> Everything() =>
        [.. LocalFiles.Roots.Where(root => Directory.Exists(Path.Combine(folder, root))).SelectMany(root => LocalFiles.Below(Path.Combine(folder, root))).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)];

    /// <summary>Without git, outside of a repository, or before its first commit there is no base; that is an error only if one was asked for.</summary>
    private async Task<bool> IsRepositoryAsync(string? wanted, CancellationToken cancellationToken)
    {
        try
        {
            if ((await _git.RunAsync(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], cancellationToken)).IsGood)
            {
                return true;
            }

            var repository = await _git.RunAsync(["rev-parse", "--git-dir"], cancellationToken);
            if (!repository.IsGood && !repository.Error.Contains("not a git repository", StringComparison.Ordinal))
            {
                throw new IlabException(ErrorKind.Source, $"{folder}: {repository.Complaint}", "see what git says about it, or use --base empty to look at all files");
            }
        }
        catch (IlabException exception) when (wanted is null && exception.Kind == ErrorKind.Unsupported)
        {
            return false;
        }

        return wanted is null ? false : throw new IlabException(ErrorKind.NotFound, $"{folder}: not a git repository with a commit, so there is no {wanted}", "use --base empty to look at all files");
    }

    /// <summary>The branch that the origin calls its main one, else one with a usual name, else the branch that the current one follows.</summary>
    private async Task<string> UsualBaseAsync(CancellationToken cancellationToken)
    {
        const string Remotes = "refs/remotes/";
        var head = (await _git.RunAsync(["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"], cancellationToken)).Output.Trim();
        string[] candidates = head.StartsWith(Remotes, StringComparison.Ordinal) ? [head[Remotes.Length..], .. UsualBases] : UsualBases;
        foreach (var candidate in candidates)
        {
            if (await IsBranchAsync(candidate, cancellationToken))
            {
                return candidate;
            }
        }

        var followed = (await _git.RunAsync(["rev-parse", "--symbolic-full-name", "@{upstream}"], cancellationToken)).Output.Trim();
        if (followed.StartsWith(Remotes, StringComparison.Ordinal))
        {
            return followed[Remotes.Length..];
        }

        var tag = await _git.RunAsync(["describe", "--tags", "--exact-match", "HEAD"], cancellationToken);
        throw new IlabException(
            ErrorKind.NotFound,
            $"{folder} has no origin/HEAD, origin/main or main to compare with",
            $"name what to compare with: --base {(tag.IsGood ? tag.Output.Trim() : "HEAD")} for what is not committed yet, --base empty for all files");
    }

    private async Task<bool> IsBranchAsync(string name, CancellationToken cancellationToken) =>
        (await _git.RunAsync(["show-ref", "--verify", "--quiet", $"refs/{(name.Contains('/', StringComparison.Ordinal) ? "remotes" : "heads")}/{name}"], cancellationToken)).IsGood;

    /// <summary>
    /// Of a branch: the newest commit on the way back from HEAD, by first parents, that the branch has. Anything else is the commit it names.
    /// </summary>
    private async Task<string> BaseOfAsync(string name, CancellationToken cancellationToken)
    {
        var named = await _git.RunAsync(["rev-parse", "--verify", "--quiet", "--end-of-options", $"{name}^{{commit}}"], cancellationToken);
        if (!named.IsGood)
        {
            throw new IlabException(ErrorKind.NotFound, $"{folder} has no branch, tag or commit {name}", "fetch it, name another --base, or use --base empty");
        }

        var commit = named.Output.Trim();
        if (!await IsBranchAsync(name, cancellationToken))
        {
            return commit;
        }

        var own = Lines(await _git.RequireAsync("the history cannot be read", ["rev-list", "--first-parent", "--parents", "HEAD", $"^{commit}"], cancellationToken));
        if (own.Length == 0)
        {
            return await _git.RequireAsync("HEAD cannot be read", ["rev-parse", "HEAD"], cancellationToken);
        }

        var oldest = own[^1].Split(' ');
        return oldest.Length > 1 ? oldest[1] : throw new IlabException(ErrorKind.NotFound, $"HEAD and {name} have no commit in common", "fetch more of the history, or use --base empty");
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
