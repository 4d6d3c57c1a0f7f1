using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model quantize`: a durable job, followed until it ends.</summary>
internal static class ModelQuantizeCommand
{
    public static Command Create(Session session)
    {
        var model = new Argument<string>("MODEL") { Description = "Name, digest or unique digest prefix" };
        var type = new Option<string>("--type") { Description = "Q8_0, Q6_K, Q5_K_M, Q4_K_M, IQ4_XS, ...: any type of llama.cpp", HelpName = "TYPE", Required = true };
        var name = new Option<string?>("--name", "--tag") { Description = "Name in the store; default: the model's with the type as its tag", HelpName = "NAME" };
        var imatrix = new Option<string?>("--imatrix") { Description = "Importance matrix, as llama-imatrix makes it", HelpName = "FILE" };
        var evaluate = new Option<string?>("--evaluate") { Description = "Measure the perplexity on this text before and after", HelpName = "FILE" };
        var chunk = new Option<uint>("--evaluate-context") { Description = "Tokens of one chunk of that text (512)", HelpName = "N" };
        var options = new JobOptions("Take the name over when another model has it");
        var command = new Command("quantize", "Make a smaller model of a model\n\nSizes before and after are told on standard error, the new name on standard output.\n\nExamples:\n  ilab model quantize qwen3:0.6b --type Q4_K_M\n  ilab model quantize qwen3:0.6b --type Q4_K_M --evaluate wiki.txt") { model, type, name, imatrix, evaluate, chunk };
        options.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var request = new QuantizeModelRequest
            {
                Reference = line.GetRequiredValue(model),
                Type = line.GetRequiredValue(type),
                Name = line.GetValue(name) ?? "",
                Imatrix = line.GetValue(imatrix) is { Length: > 0 } matrix ? Path.GetFullPath(matrix) : "",
                Evaluate = line.GetValue(evaluate) is { Length: > 0 } text ? Path.GetFullPath(text) : "",
                EvaluateContext = line.GetValue(chunk),
                Replace = options.Replace(line),
                RequestId = Guid.NewGuid().ToString("N"),
            };
            request.Labels.Add(options.Labels(line));
            return await options.FollowAsync(session, client, line, async () => (await client.Models.QuantizeAsync(request, cancellationToken: cancellationToken)).JobId, cancellationToken);
        });
        return command;
    }
}
