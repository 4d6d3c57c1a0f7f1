using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model quantize`: a job, followed to its end.</summary>
internal static class ModelQuantizeCommand
{
    public static Command Create(Session session)
    {
        var model = new Argument<string>("MODEL") { Description = CommonOptions.Reference };
        var type = new Option<string>("--type")
        {
            Description = "Quantization type of llama.cpp: Q8_0, Q6_K, Q5_K_M, Q4_K_M, IQ4_XS, ...",
            HelpName = "TYPE",
            Required = true,
        };
        var name = new Option<string?>("--name", "--tag")
        {
            Description = "Name in the store [default: the name of the model, tagged with the type]",
            HelpName = "NAME",
        };
        var imatrix = new Option<string?>("--imatrix") { Description = "Importance matrix file made by llama-imatrix", HelpName = "FILE" };
        var evaluate = new Option<string?>("--evaluate") { Description = "Text file: measure perplexity on it before and after", HelpName = "FILE" };
        var chunk = new Option<uint>("--evaluate-context") { Description = "Tokens per chunk of the --evaluate text [default: 512]", HelpName = "N" };
        var options = new JobOptions(CommonOptions.Replace("model"));
        var command = new Command(
            "quantize",
            "Quantize a model\n\nPrints the new name; sizes before and after go to standard error.\n\nExamples:\n"
                + "  ilab model quantize qwen3:0.6b --type Q4_K_M\n  ilab model quantize qwen3:0.6b --type Q4_K_M --evaluate "
                + "wiki.txt"
        )
        {
            model,
            type,
            name,
            imatrix,
            evaluate,
            chunk,
        };
        options.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var request = new QuantizeModelRequest
                {
                    Reference = line.GetRequiredValue(model),
                    Type = line.GetRequiredValue(type),
                    Name = line.GetValue(name) ?? "",
                    Imatrix = InputFile.FullPath(line.GetValue(imatrix)),
                    Evaluate = InputFile.FullPath(line.GetValue(evaluate)),
                    EvaluateContext = line.GetValue(chunk),
                    Replace = options.Replace(line),
                    RequestId = Guid.NewGuid().ToString("N"),
                };
                request.Labels.Add(options.Labels(line));
                return await options.FollowAsync(
                    session,
                    client,
                    line,
                    async () => (await client.Models.QuantizeAsync(request, cancellationToken: cancellationToken)).JobId,
                    cancellationToken
                );
            }
        );
        return command;
    }
}
