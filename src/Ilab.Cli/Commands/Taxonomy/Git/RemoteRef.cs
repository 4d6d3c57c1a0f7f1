using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy.Git;

internal enum RefKind
{
    Branch,
    Tag,
    Commit,
}

/// <summary>A branch, tag or commit of a remote repository.</summary>
internal sealed record RemoteRef(string Name, RefKind Kind)
{
    public string Specification =>
        Kind switch
        {
            RefKind.Branch => $"+refs/heads/{Name}:refs/remotes/origin/{Name}",
            RefKind.Tag => $"+refs/tags/{Name}:refs/tags/{Name}",
            _ => Name,
        };

    /// <summary>Local name of the fetched commit.</summary>
    public string Local =>
        Kind switch
        {
            RefKind.Branch => $"refs/remotes/origin/{Name}",
            RefKind.Tag => $"refs/tags/{Name}",
            _ => "FETCH_HEAD",
        };

    /// <param name="git">Runs git.</param>
    /// <param name="repository">URL.</param>
    /// <param name="name">Branch, tag or full commit id; null = the main branch of the repository.</param>
    /// <param name="cancellationToken">Ends git.</param>
    public static async Task<RemoteRef> FindAsync(GitProgram git, string repository, string? name, CancellationToken cancellationToken)
    {
        string[] patterns = name is null ? ["HEAD"] : [$"refs/heads/{name}", $"refs/tags/{name}"];
        var result = await git.RunAsync(["ls-remote", "--symref", "--end-of-options", repository, .. patterns], cancellationToken);
        if (!result.Succeeded)
        {
            throw new IlabException(ErrorKind.Source, $"{repository}: {result.Complaint}", "check the URL, the network and your git credentials");
        }

        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (name is null)
        {
            const string Head = "ref: refs/heads/";
            var main =
                Array.Find(lines, static line => line.StartsWith(Head, StringComparison.Ordinal))
                ?? throw new IlabException(ErrorKind.NotFound, $"{repository} has no main branch", "name one with --ref");
            return new RemoteRef(main[Head.Length..].Split('\t')[0], RefKind.Branch);
        }

        if (lines.Any(line => line.EndsWith($"\trefs/heads/{name}", StringComparison.Ordinal)))
        {
            return new RemoteRef(name, RefKind.Branch);
        }

        if (lines.Any(line => line.EndsWith($"\trefs/tags/{name}", StringComparison.Ordinal)))
        {
            return new RemoteRef(name, RefKind.Tag);
        }

        return name.Length == 40 && name.All(char.IsAsciiHexDigitLower)
            ? new RemoteRef(name, RefKind.Commit)
            : throw new IlabException(ErrorKind.NotFound, $"{repository} has no branch or tag {name}", "give a commit with all of its 40 digits");
    }
}
