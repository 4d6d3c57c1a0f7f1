using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Datasets.Synthesis;
using Ilab.Cli.Commands.Models;
using Ilab.Cli.Commands.Taxonomy;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data generate`: a job, followed to its end.</summary>
internal static class DataGenerateCommand
{
    private const string Help = """
        Generate a dataset with a teacher model

        The input is the new and changed files of a taxonomy (see 'ilab tax diff'), a single qna.yaml file, or --skill and --knowledge files. Every finished
        sample is durable: an interrupted generation resumes where it stopped. Prints the name of the dataset.

        Examples:
          ilab data generate --teacher qwen3:4b --num-samples 100
          ilab data generate --skill notes/qna.yaml --teacher qwen3:4b --pipeline full
          ilab data generate --teacher gpt-5 --teacher-url https://api.example.com/v1 --dry-run
        """;

    public static Command Create(Session session)
    {
        var path = new Argument<string?>("PATH")
        {
            Description = "Taxonomy directory, or one qna.yaml file [default: the current taxonomy checkout, else the downloaded taxonomy]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var name = new Option<string?>("--name") { Description = "Name of the dataset [default: generated, which is replaced]", HelpName = "NAME" };
        var from = new Option<string?>("--base", "--taxonomy-base")
        {
            Description = "Branch, tag or commit to compare with, or 'empty' for all files [default: the main branch of origin]",
            HelpName = "REF",
        };
        var skill = new Option<string[]>("--skill") { Description = "qna.yaml file of a skill; may be repeated", HelpName = "FILE" };
        var knowledge = new Option<string[]>("--knowledge") { Description = "qna.yaml file of knowledge; may be repeated", HelpName = "FILE" };
        var documents = new Option<string?>("--documents")
        {
            Description = "Directory to take documents from, instead of the repositories named in the files",
            HelpName = "DIR",
        };
        var settings = new SynthesisOptions();
        var teacher = new TeacherOptions();
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Show calls and tokens of the generation, and the memory of a local teacher; generate nothing",
        };
        var format = new Option<string?>("--format") { Description = "With --dry-run: json or a Go template", HelpName = "FORMAT" };
        var options = new JobOptions(CommonOptions.Replace("dataset"));
        var command = new Command("generate", Help) { path, name, from, skill, knowledge, documents };
        settings.AddTo(command);
        teacher.AddTo(command);
        command.Options.Add(dryRun);
        command.Options.Add(format);
        options.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var files = new SynthesisFiles(session, client);
                string[] named = [.. line.GetValue(skill) ?? [], .. line.GetValue(knowledge) ?? []];
                var questions =
                    named.Length > 0
                        ? named
                        : await files.ChangedAsync(line.GetValue(path) ?? TaxonomyFolder.Find(session.Environment), line.GetValue(from), cancellationToken);
                if (!await files.AddAsync(questions, new DocumentFetch(CacheOf(session.Environment), line.GetValue(documents)), cancellationToken))
                {
                    return 1;
                }

                var request = await settings.ReadAsync(line, files, cancellationToken);
                request.Name = line.GetValue(name) ?? "";
                request.Replace = options.Replace(line) || request.Name.Length == 0;
                request.Labels.Add(options.Labels(line));
                request.RequestId = Guid.NewGuid().ToString("N");
                request.Teacher = teacher.Read(line, session.Environment);
                request.TaxonomyCommit = files.Commit;
                request.DryRun = line.GetValue(dryRun);
                if (request.DryRun)
                {
                    var calls = (await SendAsync(client, request, files.Inputs, cancellationToken)).Plan;
                    var loading = request.Teacher.Url.Length > 0 ? null : await PlanOfAsync(client, request.Teacher.Model, cancellationToken);
                    await WritePlanAsync(session, calls, loading, line.GetValue(format));
                    return loading is { Fits: false } ? 1 : 0;
                }

                return await options.FollowAsync(
                    session,
                    client,
                    line,
                    async () => (await SendAsync(client, request, files.Inputs, cancellationToken)).JobId,
                    cancellationToken
                );
            }
        );
        return command;
    }

    private static string CacheOf(Func<string, string?> environment) =>
        environment("ILAB_ROOT") is { Length: > 0 } root
            ? Path.Combine(root, "cache", "documents")
            : Path.Combine(
                environment("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(environment("HOME") ?? "", ".cache"),
                "ilab",
                "documents"
            );

    private static async Task<GenerateDataResponse> SendAsync(
        IlabClient client,
        GenerateDataOptions options,
        IEnumerable<SynthesisInput> inputs,
        CancellationToken cancellationToken
    )
    {
        using var call = client.Data.Generate(cancellationToken: cancellationToken);
        try
        {
            await call.RequestStream.WriteAsync(new GenerateDataRequest { Options = options }, cancellationToken);
            foreach (var input in inputs)
            {
                await call.RequestStream.WriteAsync(new GenerateDataRequest { Input = input }, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (IlabException)
        {
            // The service refused meanwhile; its response says why.
        }

        return await call.ResponseAsync;
    }

    /// <summary>What the teacher takes of this machine.</summary>
    private static async Task<PlanRunResponse> PlanOfAsync(IlabClient client, string teacher, CancellationToken cancellationToken) =>
        await client.RunConfigs.PlanAsync(new PlanRunRequest { Verb = "data generate", Model = teacher }, cancellationToken: cancellationToken);

    private static async Task WritePlanAsync(Session session, SynthesisPlan plan, PlanRunResponse? loading, string? format)
    {
        var data = new Data()
            .Add("Pipeline", plan.Pipeline)
            .Add("Teacher", plan.Teacher)
            .Add("Calls", plan.Calls)
            .Add("PromptTokens", plan.PromptTokens)
            .Add("AnswerTokens", plan.AnswerTokens)
            .Add(
                "Leaves",
                plan.Leaves.Select(static leaf =>
                        new Data()
                            .Add("Path", leaf.Path)
                            .Add("Kind", leaf.Kind)
                            .Add("Seeds", leaf.Seeds)
                            .Add("Chunks", leaf.Chunks)
                            .Add("Calls", leaf.Calls)
                            .Add("PromptTokens", leaf.PromptTokens)
                            .Add("AnswerTokens", leaf.AnswerTokens)
                    )
                    .ToList()
            )
            .Add("Notes", plan.Notes.ToList());
        if (loading is not null)
        {
            data.Add("Fits", loading.Fits).Add("Memory", loading.Memory).Add("Plan", new RawJson(loading.Json));
        }

        if (format is not null)
        {
            await ListOutput.WriteObjectsAsync(session, format, [data]);
            return;
        }

        foreach (var leaf in plan.Leaves)
        {
            await session.Out.WriteLineAsync(
                $"{leaf.Path} ({leaf.Kind}): {leaf.Seeds} seeds{(leaf.Chunks > 0 ? $", {leaf.Chunks} document chunks" : "")}, about {leaf.Calls} calls"
            );
        }

        await session.Out.WriteLineAsync(
            $"about {plan.Calls} calls to {plan.Teacher}, {Human.Count(plan.PromptTokens)} prompt tokens, "
                + $"at most {Human.Count(plan.AnswerTokens)} completion tokens"
        );
        foreach (var note in plan.Notes)
        {
            await session.SayAsync($"note: {note}");
        }

        await session.Out.WriteAsync(loading is null ? "" : "\n" + loading.Text);
    }
}
