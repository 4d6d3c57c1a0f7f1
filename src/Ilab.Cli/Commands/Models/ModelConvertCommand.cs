using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model convert`: a durable job, followed until it ends.</summary>
internal static class ModelConvertCommand
{
    public static Command Create(Session session)
    {
        var source = new Argument<string>("SOURCE") { Description = "Hugging Face folder, folder of a PEFT adapter, llama2.c checkpoint, or a model of the store" };
        var to = new Option<string?>("--to") { Description = "gguf (for files) or safetensors (for a model of the store)", HelpName = "FORMAT" };
        var type = new Option<string?>("--type") { Description = "F32, F16, BF16 or Q8_0; default: that of the source", HelpName = "TYPE" };
        var name = new Option<string?>("--name", "--tag") { Description = "Name in the store; default: from the source", HelpName = "NAME" };
        var output = new Option<string?>("--output", "-o") { Description = "Folder for safetensors", HelpName = "DIR" };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "Tokenizer of a llama2.c checkpoint", HelpName = "FILE" };
        var adapted = new Option<string?>("--base") { Description = "Model in the store that an adapter is for", HelpName = "MODEL" };
        var options = new JobOptions("Take the name over, or write into a folder that is not empty");
        var command = new Command("convert", "Convert a model between formats\n\nNothing has to fit into memory. The conversion is a job of the service: it goes on when this command ends.\n\nExamples:\n  ilab model convert ./Qwen3-0.6B --type Q8_0 --name qwen3:0.6b\n  ilab model convert stories15M.bin --tokenizer tokenizer.bin\n  ilab model convert qwen3:0.6b --to safetensors --output ./qwen3\n  ilab model convert ./my-adapter --base qwen3:0.6b") { source, to, type, name, output, tokenizer, adapted };
        options.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var text = line.GetRequiredValue(source);
            var isPath = File.Exists(text) || Directory.Exists(text);
            if (!isPath && (text.StartsWith('.') || text.StartsWith('/') || line.GetValue(to) == "gguf"))
            {
                throw new IlabException(ErrorKind.NotFound, $"{text}: no such file or folder");
            }

            var request = new ConvertModelRequest
            {
                Path = isPath ? Path.GetFullPath(text) : "",
                Reference = isPath ? "" : text,
                To = line.GetValue(to) ?? "",
                Type = line.GetValue(type) ?? "",
                Name = line.GetValue(name) ?? "",
                Output = line.GetValue(output) is { Length: > 0 } folder ? Path.GetFullPath(folder) : "",
                Tokenizer = line.GetValue(tokenizer) is { Length: > 0 } file ? Path.GetFullPath(file) : "",
                Base = line.GetValue(adapted) ?? "",
                Replace = options.Replace(line),
                RequestId = Guid.NewGuid().ToString("N"),
            };
            request.Labels.Add(options.Labels(line));
            return await options.FollowAsync(session, client, line, async () => (await client.Models.ConvertAsync(request, cancellationToken: cancellationToken)).JobId, cancellationToken);
        });
        return command;
    }
}
