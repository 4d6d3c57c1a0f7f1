using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Taxonomy.Git;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>`tax download`.</summary>
internal static class TaxDownloadCommand
{
    private const string Upstream = "https://github.com/instructlab/taxonomy.git";
    private const string Help = """
        Download or update a taxonomy with git

        Prints the directory. A directory with uncommitted changes or local commits is left untouched.

        Examples:
          ilab tax download
          ilab tax download ~/taxonomy --repository git@host:team/taxonomy.git --ref v2
        """;

    public static Command Create(Session session)
    {
        var path = new Argument<string?>("PATH")
        {
            Description = "Directory [default: ILAB_TAXONOMY, else ilab/taxonomy in XDG_DATA_HOME]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var repository = new Option<string?>("--repository") { Description = $"URL of the repository [default: {Upstream}]", HelpName = "URL" };
        var name = new Option<string?>("--ref") { Description = "Branch, tag or commit [default: the main branch of the repository]", HelpName = "REF" };
        var depth = new Option<int>("--depth")
        {
            Description = "Commits of history to fetch; 0 = all",
            DefaultValueFactory = static _ => 1,
            HelpName = "N",
        };
        var command = new Command("download", Help) { path, repository, name, depth };
        command.Validators.Add(result =>
        {
            if (result.GetValue(depth) < 0)
            {
                result.AddError("--depth: expected a whole number, 0 or more");
            }

            foreach (var option in new[] { repository, name })
            {
                if (result.GetValue(option) is { } value && (value.Length == 0 || value[0] == '-'))
                {
                    result.AddError($"{option.Name}: invalid value \"{value}\"");
                }
            }
        });
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var folder = line.GetValue(path) ?? TaxonomyFolder.Default(session.Environment);
                var clone = new Clone(folder);
                if (clone.Exists)
                {
                    await session.SayAsync($"updating {folder}");
                    await clone.UpdateAsync(line.GetValue(repository), line.GetValue(name), line.GetValue(depth), cancellationToken);
                }
                else
                {
                    if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
                    {
                        throw new IlabException(ErrorKind.AlreadyExists, $"{folder} exists and is not a git repository", "name another directory");
                    }

                    var address = line.GetValue(repository) ?? Upstream;
                    await session.SayAsync($"downloading {address}");
                    clone = await Clone.CreateAsync(folder, address, line.GetValue(name), line.GetValue(depth), cancellationToken);
                }

                await session.SayAsync($"at commit {(await clone.CommitAsync(cancellationToken))[..12]}");
                await session.Out.WriteLineAsync(folder);
                return 0;
            }
        );
        return command;
    }
}
