using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Models;

/// <summary>`model ps`.</summary>
internal static class ModelPsCommand
{
    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var command = new Command("ps", "List loaded models\n\nA base and the models that were trained beside it share its weights and a process; ALSO names those that were asked for too. They stop together. --format json says of each model's accelerator what it does, or why there is none (AcceleratorNote).\n\nExample:\n  ilab model ps");
        list.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var loaded = await client.Inference.ListLoadedAsync(new ListLoadedRequest(), cancellationToken: cancellationToken);
            var now = TimeProvider.System.GetUtcNow();
            Column[] columns =
            [
                new("NAME", static row => ModelData.Text(row, "Name")),
                new("ID", static row => ModelData.Text(row, "ID")),
                new("STATE", static row => ModelData.Text(row, "State")),
                new("MEMORY", static row => Human.Size(ModelData.Number(row, "Memory"))),
                new("DEVICE", ModelData.Device),
                new("ACCELERATOR", static row => ModelData.Text(row, "Accelerator") is { Length: > 0 } name ? name : "none"),
                new("CONTEXT", static row => row.TryGet("ContextLength", out var length) ? $"{length}" : ""),
                new("ACTIVE", static row => row.TryGet("Active", out var active) ? $"{active}" : ""),
                new("ALSO", static row => ModelData.Text(row, "Others")),
                new("UNTIL", row => row.TryGet("ExpiresAt", out var until) && until is DateTimeOffset time ? Human.Ago(time, now) : "stopped"),
            ];
            await list.WriteAsync(session, line, [.. loaded.Models.Select(ModelData.Of)], columns, static row => ModelData.Text(row, "Name"));
            foreach (var model in loaded.Models.Where(static model => model.DeviceWarning.Length > 0))
            {
                await session.Error.WriteLineAsync($"Warning: {model.Name} runs on the CPU: {model.DeviceWarning}");
            }

            return 0;
        });
        return command;
    }
}
