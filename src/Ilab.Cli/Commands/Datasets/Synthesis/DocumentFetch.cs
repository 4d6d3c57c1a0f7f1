using Ilab.Api.V1;
using Ilab.Cli.Commands.Taxonomy.Git;
using Ilab.Cli.Files;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets.Synthesis;

/// <summary>
/// Finds the documents of knowledge files: in a git repository at a commit, fetched into a cache with the caller's credentials, or in a local directory.
/// </summary>
internal sealed class DocumentFetch(string cache, string? folder)
{
    private const long MostBytes = 256 << 20;

    /// <returns>Path and content of each file that matches a pattern.</returns>
    /// <exception cref="IlabException">No such repository or commit, or no file matches.</exception>
    public async Task<IReadOnlyList<(string Path, byte[] Content)>> FindAsync(TaxonomyDocument document, CancellationToken cancellationToken)
    {
        var found = folder is null ? await OfRepositoryAsync(document, cancellationToken) : await OfFolderAsync(folder, document, cancellationToken);
        return found.Count > 0
            ? found
            : throw new IlabException(
                ErrorKind.NotFound,
                $"no file in {folder ?? document.Repo} matches {string.Join(", ", document.Patterns)}",
                "correct the patterns, or name a directory with --documents"
            );
    }

    private static async Task<IReadOnlyList<(string, byte[])>> OfFolderAsync(string folder, TaxonomyDocument document, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw FileErrors.Of(folder, FileUse.Read, new DirectoryNotFoundException());
        }

        var all = Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path))
            .Order(StringComparer.Ordinal);
        var found = new List<(string, byte[])>();
        foreach (var path in all.Where(path => PathPattern.FitsAny(path, document.Patterns)))
        {
            found.Add((path, await InputFile.ReadAsync(Path.Combine(folder, path), cancellationToken)));
        }

        return found;
    }

    private async Task<IReadOnlyList<(string, byte[])>> OfRepositoryAsync(TaxonomyDocument document, CancellationToken cancellationToken)
    {
        if (document.Repo.StartsWith('-') || document.Commit.StartsWith('-'))
        {
            throw new IlabException(
                ErrorKind.InvalidArgument,
                $"invalid document source \"{document.Repo}\" at \"{document.Commit}\"",
                "a repository and a commit must not begin with a dash"
            );
        }

        var repository = Path.Combine(cache, FolderName(document.Repo));
        OutputFile.CreateDirectory(repository);
        var git = new GitProgram(repository);
        await git.RequireAsync("cannot create the document cache", ["init", "-q", "--bare", "."], cancellationToken);
        if (!(await git.RunAsync(["cat-file", "-e", $"{document.Commit}^{{tree}}"], cancellationToken)).Succeeded)
        {
            // Not every server serves a single commit; then all branches are fetched.
            var one = await git.RunAsync(["fetch", "-q", "--depth", "1", "--no-tags", "--", document.Repo, document.Commit], cancellationToken);
            if (!one.Succeeded)
            {
                await git.RequireAsync(
                    $"cannot fetch {document.Repo}",
                    ["fetch", "-q", "--tags", "--", document.Repo, "+refs/heads/*:refs/heads/*"],
                    cancellationToken
                );
            }

            await git.RequireAsync(
                $"{document.Repo} has no commit {document.Commit}",
                ["cat-file", "-e", $"{(one.Succeeded ? "FETCH_HEAD" : document.Commit)}^{{tree}}"],
                cancellationToken
            );
        }

        var commit = (await git.RunAsync(["rev-parse", "--verify", "--quiet", $"{document.Commit}^{{commit}}"], cancellationToken)) is { Succeeded: true } named
            ? named.Output.Trim()
            : await git.RequireAsync("cannot read the commit", ["rev-parse", "FETCH_HEAD"], cancellationToken);
        var listed = (await git.RequireAsync("cannot list the files", ["ls-tree", "-r", "-z", "--name-only", commit], cancellationToken)).Split(
            '\0',
            StringSplitOptions.RemoveEmptyEntries
        );
        var found = new List<(string, byte[])>();
        foreach (var path in listed.Where(path => PathPattern.FitsAny(path, document.Patterns)).Order(StringComparer.Ordinal))
        {
            found.Add((path, await git.ReadAsync($"{commit}:{path}", MostBytes, cancellationToken)));
        }

        return found;
    }

    /// <summary>A valid directory name. Two repositories in one directory do no harm: commits have unique ids.</summary>
    private static string FolderName(string repository)
    {
        const int Longest = 200;
        var name = Uri.EscapeDataString(repository);
        return name.Length > Longest ? name[^Longest..] : name;
    }
}
