using System.CommandLine;
using Ilab.Cli.Commands.Taxonomy.Git;
using Ilab.Cli.Commands.Taxonomy.Reports;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>`tax diff`.</summary>
internal static class TaxDiffCommand
{
    private const string Help = """
        List and validate new and changed files of a taxonomy

        Compares the working tree, committed or not, with the merge base of HEAD and the main branch: origin/HEAD, origin/main, a local main, or the upstream
        branch. In a directory without git, or without a commit, all files count as new. Exit code 1 when there are errors.

        Examples:
          ilab tax diff
          ilab tax diff ~/taxonomy --base upstream/main
          ilab tax diff --base empty --format json
        """;

    public static Command Create(Session session)
    {
        var options = new CheckOptions();
        var path = new Argument<string?>("PATH")
        {
            Description = "Taxonomy directory, or one file to validate [default: the current taxonomy checkout, else the downloaded taxonomy]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var from = new Option<string?>("--base")
        {
            Description = "Branch, tag or commit to compare with, or 'empty' for all files [default: the main branch of origin]",
            HelpName = "REF",
        };
        var command = new Command("diff", Help) { path, from };
        options.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var folder = line.GetValue(path) ?? TaxonomyFolder.Find(session.Environment);
                var files = await FindAsync(session, folder, line.GetValue(from), cancellationToken);
                if (line.GetValue(options.Format) is null or "text" && !line.GetValue(options.Quiet))
                {
                    foreach (var file in files)
                    {
                        await session.Out.WriteLineAsync(TextReport.Visible(file));
                    }

                    await session.Out.FlushAsync(cancellationToken);
                }

                if (files.Count == 0)
                {
                    await session.SayAsync("no new or changed files; 'ilab tax check' checks all files");
                    return line.GetValue(options.Format) is null or "text" ? 0 : await Report.WriteAsync(session, line, options, []);
                }

                var client = await session.ClientAsync(cancellationToken);
                var verdicts = await CheckCall.RunAsync(
                    client,
                    options.Read(line),
                    FileReading.ReadAllAsync(files, null, cancellationToken),
                    cancellationToken
                );
                return await Report.WriteAsync(session, line, options, verdicts);
            }
        );
        return command;
    }

    private static async Task<List<string>> FindAsync(Session session, string folder, string? from, CancellationToken cancellationToken)
    {
        if (File.Exists(folder) && !Directory.Exists(folder))
        {
            return [folder];
        }

        LocalFiles.RequireDirectory(folder);
        var changes = new ChangedFiles(folder);
        var found = await changes.FindAsync(from, cancellationToken);
        await session.SayAsync($"compared with {changes.Against}");
        foreach (var misnamed in found.Where(LocalFiles.IsMisnamed))
        {
            await session.SayAsync(TextReport.Visible($"{misnamed} is ignored: rename it to {LocalFiles.FileName}"));
        }

        return [.. found.Where(static path => !LocalFiles.IsMisnamed(path)).Select(path => folder is "." ? path : Path.Combine(folder, path))];
    }
}
