using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy.Git;

/// <summary>Finds the qna.yaml files that are new or changed compared with a base, uncommitted changes included.</summary>
internal sealed class ChangedFiles(string folder)
{
    /// <summary>The base to which every file is new.</summary>
    public const string Empty = "empty";

    private readonly GitProgram _git = new(folder);

    /// <summary>Describes the base of the comparison.</summary>
    public string Against { get; private set; } = "an empty base";

    /// <summary>Paths relative to the directory, sorted by name.</summary>
    /// <param name="wanted">A branch, tag or commit, or <see cref="Empty"/>; null = the main branch, or everything in a directory without git or without a
    /// commit.</param>
    /// <param name="cancellationToken">Ends git.</param>
    /// <exception cref="IlabException">NOT_FOUND: no such base, or none was named and there is no main branch. SOURCE: git cannot read the
    /// directory.</exception>
    public async Task<List<string>> FindAsync(string? wanted, CancellationToken cancellationToken)
    {
        if (wanted == Empty || !await IsRepositoryAsync(wanted, cancellationToken))
        {
            return Everything();
        }

        var (commit, description) = await new ComparisonBase(folder).FindAsync(wanted, cancellationToken);
        Against = description;
        var changed = await _git.RequireAsync(
            "cannot list the changes",
            ["diff", "--no-ext-diff", "--no-renames", "--relative", "--name-only", "-z", "--diff-filter=d", commit, "--", .. LocalFiles.Roots],
            cancellationToken
        );
        var untracked = await _git.RequireAsync(
            "cannot list new files",
            ["ls-files", "-z", "--others", "--exclude-standard", "--", .. LocalFiles.Roots],
            cancellationToken
        );
        return
        [
            .. Split(changed)
                .Concat(Split(untracked))
                .Where(static path => Path.GetFileName(path) == LocalFiles.FileName || LocalFiles.IsMisnamed(path))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
    }

    private static IEnumerable<string> Split(string list) => list.Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private List<string> Everything() =>
        [
            .. LocalFiles
                .Roots.Where(root => Directory.Exists(Path.Combine(folder, root)))
                .SelectMany(root => LocalFiles.Below(Path.Combine(folder, root)))
                .Select(path => Path.GetRelativePath(folder, path))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Without git, outside of a repository, or before the first commit there is no base; that is an error only if one was requested.</summary>
    private async Task<bool> IsRepositoryAsync(string? wanted, CancellationToken cancellationToken)
    {
        try
        {
            if ((await _git.RunAsync(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], cancellationToken)).Succeeded)
            {
                return true;
            }

            var repository = await _git.RunAsync(["rev-parse", "--git-dir"], cancellationToken);
            if (!repository.Succeeded && !repository.Error.Contains("not a git repository", StringComparison.Ordinal))
            {
                throw new IlabException(
                    ErrorKind.Source,
                    $"{folder}: {repository.Complaint}",
                    "run 'git status' there for details, or use --base empty for all files"
                );
            }
        }
        catch (IlabException exception) when (wanted is null && exception.Kind == ErrorKind.Unsupported)
        {
            return false;
        }

        return wanted is null
            ? false
            : throw new IlabException(
                ErrorKind.NotFound,
                $"{folder} is not a git repository with a commit, so there is no {wanted}",
                "use --base empty for all files"
            );
    }
}
