using Ilab.Api.V1;
using Ilab.Cli.Commands.Taxonomy.Git;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets.Generation;

/// <summary>Documents of knowledge: of a git repository at its commit, fetched with the caller's own rights into a cache, or of a folder.</summary>
internal sealed class DocumentFetch(string cache, string? folder)
{
    private const long MostBytes = 256 << 20;

    /// <returns>Path and bytes of each file that a pattern fits.</returns>
    /// <exception cref="IlabException">The repository, the commit or the files are not there.</exception>
    public async Task<IReadOnlyList<(string Path, byte[] Content)>> FindAsync(TaxonomyDocument document, CancellationToken cancellationToken)
    {
        var found = folder is null ? await OfRepositoryAsync(document, cancellationToken) : await OfFolderAsync(folder, document, cancellationToken);
        return found.Count > 0 ? found : throw new IlabException(ErrorKind.NotFound, $"nothing in {folder ?? document.Repo} fits {string.Join(", ", document.Patterns)}", "correct the patterns, or name a folder with --documents");
    }

    private static async Task<IReadOnlyList<(string, byte[])>> OfFolderAsync(string folder, TaxonomyDocument document, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw new IlabException(ErrorKind.NotFound, $"{folder}: no such folder", "--documents names a folder");
        }

        var all = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal);
        var found = new List<(string, byte[])>();
        foreach (var path in all.Where(path => PathPattern.FitsAny(path, document.Patterns)))
        {
            found.Add((path, await File.ReadAllBytesAsync(Path.Combine(folder, path), cancellationToken)));
        }

        return found;
    }

    private async Task<IReadOnlyList<(string, byte[])>> OfRepositoryAsync(TaxonomyDocument document, CancellationToken cancellationToken)
    {
        if (document.Repo.StartsWith('-') || document.Commit.StartsWith('-'))
        {
            throw new IlabException(ErrorKind.InvalidArgument, $"\"{document.Repo}\" at \"{document.Commit}\" makes no sense");
        }

        var repository = Path.Combine(cache, FolderName(document.Repo));
        Directory.CreateDirectory(repository);
        var git = new GitProgram(repository);
        await git.RequireAsync("the cache cannot be made", ["init", "-q", "--bare", "."], cancellationToken);
        if (!(await git.RunAsync(["cat-file", "-e", $"{document.Commit}^{{tree}}"], cancellationToken)).IsGood)
        {
            // Some servers give a single commit, the others everything.
            var one = await git.RunAsync(["fetch", "-q", "--depth", "1", "--no-tags", "--", document.Repo, document.Commit], cancellationToken);
            if (!one.IsGood)
            {
                await git.RequireAsync($"{document.Repo} cannot be fetched", ["fetch", "-q", "--tags", "--", document.Repo, "+refs/heads/*:refs/heads/*"], cancellationToken);
            }

            await git.RequireAsync($"{document.Repo} has no commit {document.Commit}", ["cat-file", "-e", $"{(one.IsGood ? "FETCH_HEAD" : document.Commit)}^{{tree}}"], cancellationToken);
        }

        var commit = (await git.RunAsync(["rev-parse", "--verify", "--quiet", $"{document.Commit}^{{commit}}"], cancellationToken)) is { IsGood: true } named ? named.Output.Trim() : await git.RequireAsync("the commit cannot be read", ["rev-parse", "FETCH_HEAD"], cancellationToken);
        var listed = (await git.RequireAsync("the files cannot be listed", ["ls-tree", "-r", "-z", "--name-only", commit], cancellationToken)).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        var found = new List<(string, byte[])>();
        foreach (var path in listed.Where(path => PathPattern.FitsAny(path, document.Patterns)).Order(StringComparer.Ordinal))
        {
            found.Add((path, await git.ReadAsync($"{commit}:{path}", MostBytes, cancellationToken)));
        }

        return found;
    }

    /// <summary>A name that a folder may have; two repositories in one folder would do no harm, as commits have names of their own.</summary>
    private static string FolderName(string repository)
    {
        const int Longest = 200;
        var name = Uri.EscapeDataString(repository);
        return name.Length > Longest ? name[^Longest..] : name;
    }
}
