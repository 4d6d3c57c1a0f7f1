using Google.Protobuf;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Taxonomy;
using Ilab.Cli.Commands.Taxonomy.Git;
using Ilab.Cli.Commands.Taxonomy.Reports;
using Ilab.Cli.Hosting;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets.Synthesis;

/// <summary>The input of a generation: qna.yaml files, their documents, and the files of the pipeline.</summary>
internal sealed class SynthesisFiles(Session session, IlabClient client)
{
    public List<SynthesisInput> Inputs { get; } = [];

    /// <summary>Commit of the taxonomy; empty when it is not a git checkout.</summary>
    public string Commit { get; private set; } = "";

    /// <summary>The new and changed files of a taxonomy, or the one file that was named.</summary>
    public async Task<IReadOnlyList<string>> ChangedAsync(string folder, string? from, CancellationToken cancellationToken)
    {
        if (File.Exists(folder) && !Directory.Exists(folder))
        {
            return [folder];
        }

        LocalFiles.RequireDirectory(folder);
        var changes = new ChangedFiles(folder);
        var found = (await changes.FindAsync(from, cancellationToken))
            .Where(static path => !LocalFiles.IsMisnamed(path))
            .Select(path => folder is "." ? path : Path.Combine(folder, path))
            .ToList();
        await session.SayAsync($"{found.Count} new or changed qna.yaml {(found.Count == 1 ? "file" : "files")}, compared with {changes.Against}");
        if (found.Count == 0)
        {
            throw new IlabException(
                ErrorKind.InvalidArgument,
                "there is nothing to generate from",
                "name a qna.yaml file, or use --base empty for all files of the taxonomy"
            );
        }

        if (await new GitProgram(folder).RunAsync(["rev-parse", "--verify", "--quiet", "HEAD"], cancellationToken) is { Succeeded: true } head)
        {
            Commit = head.Output.Trim();
        }

        return found;
    }

    /// <summary>Checks the files and adds them, with their documents.</summary>
    /// <returns>False when some are invalid, which has been reported.</returns>
    public async Task<bool> AddAsync(IReadOnlyList<string> paths, DocumentFetch documents, CancellationToken cancellationToken)
    {
        var verdicts = await CheckCall.RunAsync(
            client,
            new CheckTaxonomyOptions { Schema = TaxonomySchema.Ilab },
            FileReading.ReadAllAsync(paths, null, cancellationToken),
            cancellationToken
        );
        if (verdicts.Any(static verdict => !verdict.Valid))
        {
            await TextReport.WriteAsync(session.Error, verdicts.Where(static verdict => !verdict.Valid));
            await session.SayAsync("Error: " + TextReport.Summary(verdicts));
            return false;
        }

        foreach (var (path, verdict) in paths.Zip(verdicts))
        {
            var file = await FileReading.ReadAsync(path, null, cancellationToken);
            Inputs.Add(
                new SynthesisInput
                {
                    Kind = GenerationInputKind.Questions,
                    Path = path,
                    FullPath = file.FullPath,
                    Content = file.Content,
                }
            );
            if (verdict.Document is not { } document)
            {
                continue;
            }

            foreach (var (name, content) in await documents.FindAsync(document, cancellationToken))
            {
                Inputs.Add(
                    new SynthesisInput
                    {
                        Kind = GenerationInputKind.Document,
                        Path = name,
                        Leaf = path,
                        Content = UnsafeByteOperations.UnsafeWrap(content),
                    }
                );
            }
        }

        return true;
    }

    /// <summary>Adds a pipeline file, or a directory of pipelines, with the YAML files that they name.</summary>
    /// <returns>The name for the service: a built-in name, or the path among the files sent.</returns>
    /// <exception cref="IlabException">A file cannot be read, or is too large; the directory contains no pipelines.</exception>
    public async Task<string> AddPipelineAsync(string pipeline, CancellationToken cancellationToken)
    {
        var files = new PipelineFiles();
        if (await files.ReadAsync(pipeline, cancellationToken) is not { } entry)
        {
            return pipeline;
        }

        Inputs.AddRange(
            files.All.Select(static file => new SynthesisInput
            {
                Kind = GenerationInputKind.Pipeline,
                Path = file.Key,
                Content = UnsafeByteOperations.UnsafeWrap(file.Value),
            })
        );
        return entry;
    }
}
