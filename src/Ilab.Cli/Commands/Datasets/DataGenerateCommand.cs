using System.CommandLine;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Datasets.Generation;
using Ilab.Cli.Commands.Models;
using Ilab.Cli.Commands.Taxonomy;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Client;

namespace Ilab.Cli.Commands.Datasets;

/// <summary>`data generate`: a durable job, followed until it ends.</summary>
internal static class DataGenerateCommand
{
    private const string Help = """
        Generate a dataset from files of questions and their documents

        From what a taxonomy has and its base has not (as 'ilab tax diff' says), from one file, or from --skill and --knowledge. The name of the dataset goes to standard
        output. Every answer is kept at once: whatever ends in the middle goes on where it was.

        Examples:
          ilab data generate --teacher qwen3:4b --num-samples 100
          ilab data generate --skill notes/qna.yaml --teacher qwen3:4b --pipeline full
          ilab data generate --teacher gpt-5 --teacher-url https://api.example.com/v1 --dry-run
        """;

    public static Command Create(Session session)
    {
        var path = new Argument<string?>("PATH") { Description = "Folder of the taxonomy, or one file; the current folder, or the downloaded taxonomy", Arity = ArgumentArity.ZeroOrOne };
        var name = new Option<string?>("--name") { Description = "Of the dataset ('generated', which is replaced)", HelpName = "NAME" };
        var from = new Option<string?>("--base", "--taxonomy-base") { Description = "Branch, tag or commit to compare with, or 'empty' for everything; the origin's main branch by default", HelpName = "REF" };
        var skill = new Option<string[]>("--skill") { Description = "File of questions that shows a skill; may be repeated", HelpName = "FILE" };
        var knowledge = new Option<string[]>("--knowledge") { Description = "File of questions about documents; may be repeated", HelpName = "FILE" };
        var documents = new Option<string?>("--documents") { Description = "Take documents from this folder instead of the repositories that the files name", HelpName = "DIR" };
        var settings = new GenerationSettings();
        var teacher = new TeacherOptions();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say how many calls and tokens it will take" };
        var format = new Option<string?>("--format") { Description = "With --dry-run: json, or a template", HelpName = "FORMAT" };
        var options = new JobOptions("Take the name over when another dataset has it");
        var command = new Command("generate", Help) { path, name, from, skill, knowledge, documents };
        settings.AddTo(command);
        teacher.AddTo(command);
        command.Options.Add(dryRun);
        command.Options.Add(format);
        options.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var files = new GenerationFiles(session, client);
            string[] named = [.. line.GetValue(skill) ?? [], .. line.GetValue(knowledge) ?? []];
            var questions = named.Length > 0 ? named : await files.ChangedAsync(line.GetValue(path) ?? TaxonomyFolder.Find(session.Environment), line.GetValue(from), cancellationToken);
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
                await WritePlanAsync(session, (await SendAsync(client, request, files.Inputs, cancellationToken)).Plan, line.GetValue(format));
                return 0;
            }

            return await options.FollowAsync(session, client, line, async () => (await SendAsync(client, request, files.Inputs, cancellationToken)).JobId, cancellationToken);
        });
        return command;
    }

    private static string CacheOf(Func<string, string?> environment) =>
        environment("ILAB_ROOT") is { Length: > 0 } root ? Path.Combine(root, "cache", "documents")
        : Path.Combine(environment("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(environment("HOME") ?? "", ".cache"), "ilab", "documents");

    private static async Task<GenerateDataResponse> SendAsync(IlabClient client, GenerateDataOptions options, IEnumerable<GenerationInput> inputs, CancellationToken cancellationToken)
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
        catch (RpcException)
        {
            // The service said no in the middle; its answer says why.
        }

        return await call.ResponseAsync;
    }

    private static async Task WritePlanAsync(Session session, GenerationPlan plan, string? format)
    {
        var data = new Data()
            .Add("Pipeline", plan.Pipeline)
            .Add("Teacher", plan.Teacher)
            .Add("Calls", plan.Calls)
            .Add("PromptTokens", plan.PromptTokens)
            .Add("AnswerTokens", plan.AnswerTokens)
            .Add("Leaves", plan.Leaves.Select(static leaf => new Data().Add("Path", leaf.Path).Add("Kind", leaf.Kind).Add("Seeds", leaf.Seeds).Add("Chunks", leaf.Chunks).Add("Calls", leaf.Calls).Add("PromptTokens", leaf.PromptTokens).Add("AnswerTokens", leaf.AnswerTokens)).ToList());
        if (format is not null)
        {
            await ListOutput.WriteObjectsAsync(session, format, [data]);
            return;
        }

        foreach (var leaf in plan.Leaves)
        {
            await session.Out.WriteLineAsync($"{leaf.Path} ({leaf.Kind}): {leaf.Seeds} seeds{(leaf.Chunks > 0 ? $" of {leaf.Chunks} pieces" : "")}, about {leaf.Calls} calls");
        }

        await session.Out.WriteLineAsync($"about {plan.Calls} calls of {plan.Teacher}, {Human.Count(plan.PromptTokens)} tokens of prompts, at most {Human.Count(plan.AnswerTokens)} tokens of answers");
    }
}
