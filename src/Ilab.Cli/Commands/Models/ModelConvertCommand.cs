using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model convert`: a job, followed to its end.</summary>
internal static class ModelConvertCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = "Hugging Face directory, PEFT adapter directory, llama2.c checkpoint, or a stored model" };
        var to = new ChoiceOption("--to", "gguf", "safetensors") { Description = "Target format: gguf for files, safetensors for a stored model" };
        var type = new Option<string?>("--type") { Description = "Type of the weights: F32, F16, BF16 or Q8_0 [default: as in the source]", HelpName = "TYPE" };
        var name = new Option<string?>("--name", "--tag") { Description = "Name in the store [default: derived from the source]", HelpName = "NAME" };
        var output = new Option<string?>("--output", "-o") { Description = "Directory for safetensors files", HelpName = "DIR" };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "Tokenizer file of a llama2.c checkpoint", HelpName = "FILE" };
        var adapted = new Option<string?>("--base") { Description = "Stored base model of an adapter", HelpName = "MODEL" };
        var options = new JobOptions(new("--replace") { Description = "Replace an existing model of that name, or files in the output directory" });
        var command = new Command(
            "convert",
            "Convert a model between formats\n\nTensors are streamed, so models larger than memory can be converted. The conversion is a job of the "
                + "service and survives this command.\n\nExamples:\n  ilab model convert ./Qwen3-0.6B --type Q8_0 --name qwen3:0.6b\n"
                + "  ilab model convert stories15M.bin --tokenizer tokenizer.bin\n  ilab model convert qwen3:0.6b --to safetensors --output ./qwen3\n"
                + "  ilab model convert ./my-adapter --base qwen3:0.6b"
        )
        {
            source,
            to,
            type,
            name,
            output,
            tokenizer,
            adapted,
        };
        options.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var text = line.GetRequiredValue(source);
                var isPath = File.Exists(text) || Directory.Exists(text);
                if (!isPath && (text.StartsWith('.') || text.StartsWith('/') || line.GetValue(to) == "gguf"))
                {
                    throw new IlabException(
                        ErrorKind.NotFound,
                        $"{text}: no such file or directory",
                        "name a local file or directory, or a stored model with --to safetensors"
                    );
                }

                var request = new ConvertModelRequest
                {
                    Path = isPath ? Path.GetFullPath(text) : "",
                    Reference = isPath ? "" : text,
                    To = line.GetValue(to) ?? "",
                    Type = line.GetValue(type) ?? "",
                    Name = line.GetValue(name) ?? "",
                    Output = line.GetValue(output) is { Length: > 0 } folder ? Path.GetFullPath(folder) : "",
                    Tokenizer = InputFile.FullPath(line.GetValue(tokenizer)),
                    Base = line.GetValue(adapted) ?? "",
                    Replace = options.Replace(line),
                    RequestId = Guid.NewGuid().ToString("N"),
                };
                request.Labels.Add(options.Labels(line));
                return await options.FollowAsync(
                    session,
                    client,
                    line,
                    async () => (await client.Models.ConvertAsync(request, cancellationToken: cancellationToken)).JobId,
                    cancellationToken
                );
            }
        );
        return command;
    }
}
