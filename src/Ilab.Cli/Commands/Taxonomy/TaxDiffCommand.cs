using System.CommandLine;
using Ilab.Cli.Commands.Taxonomy.Git;
using Ilab.Cli.Commands.Taxonomy.Reports;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>`tax diff`.</summary>
internal static class TaxDiffCommand
{
    private const string Help = """
        List what is new or changed in a taxonomy, and check it

        Compares the files as they are now, committed or not, with the commit where this work left its base: the origin's main branch (origin/HEAD, origin/main), else a
        local main, else the branch that the current one follows. In a folder without git, or without a commit, all files are meant. Exit code 1 when there are errors.

        Examples:
          ilab tax diff
          ilab tax diff ~/taxonomy --base upstream/main
          ilab tax diff --base empty --format json
        """;

    public static Command Create(Session session)
    {
        var options = new CheckOptions();
        var path = new Argument<string?>("PATH") { Description = "Folder of the taxonomy, or one file to be checked; the current folder, or the downloaded taxonomy", Arity = ArgumentArity.ZeroOrOne };
        var from = new Option<string?>("--base") { Description = "Branch, tag or commit to compare with, or 'empty' for everything; the origin's main branch by default", HelpName = "REF" };
        var command = new Command("diff", Help) { path, from };
        options.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
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
                await session.SayAsync("nothing new or changed");
                return line.GetValue(options.Format) is null or "text" ? 0 : await Report.WriteAsync(session, line, options, []);
            }

            var client = await session.ClientAsync(cancellationToken);
            var verdicts = await CheckCall.RunAsync(client, options.Read(line), FileReading.ReadAllAsync(files, null, cancellationToken), cancellationToken);
            return await Report.WriteAsync(session, line, options, verdicts);
        });
        return command;
    }

    private static async Task<List<string>> FindAsync(Session session, string folder, string? from, CancellationToken cancellationToken)
    {
        if (File.Exists(folder) && !Directory.Exists(folder))
        {
            return [folder];
        }

        _ = LocalFiles.Below(folder); // says so when there is no such folder
        var changes = new ChangedFiles(folder);
        var found = await changes.FindAsync(from, cancellationToken);
        await session.SayAsync($"compared with {changes.Against}");
        foreach (var odd in found.Where(LocalFiles.IsMisnamed))
        {
            await session.SayAsync(TextReport.Visible($"{odd} is not looked at: it has to be named {LocalFiles.FileName}"));
        }

        return [.. found.Where(static path => !LocalFiles.IsMisnamed(path)).Select(path => folder is "." ? path : Path.Combine(folder, path))];
    }
}
