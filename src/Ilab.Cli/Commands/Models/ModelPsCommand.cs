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
        var command = new Command(
            "ps",
            "List loaded models\n\nA base model and its adapters share weights and one process; ALSO lists the other models it has served, and they stop "
                + "together. UNTIL is when an idle model unloads. With --format json, AcceleratorNote says what the accelerator does or why there is "
                    + "none.\n\nExamples:\n  ilab model ps\n  ilab model ps --format json");
        list.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var loaded = await client.Inference.ListLoadedAsync(new ListLoadedRequest(), cancellationToken: cancellationToken);
            var now = TimeProvider.System.GetUtcNow();
            Column[] columns =
            [
                new("NAME", static row => row.Text("Name")),
                new("ID", static row => row.Text("ID")),
                new("STATE", static row => row.Text("State")),
                new("MEMORY", static row => Human.Size(row.Number("Memory"))),
                new("DEVICE", static row => row.Text("Device")),
                new("ACCELERATOR", static row => row.Text("Accelerator") is { Length: > 0 } name ? name : "none"),
                new("CONTEXT", static row => row.TryGet("ContextLength", out var length) ? $"{length}" : ""),
                new("ACTIVE", static row => row.TryGet("Active", out var active) ? $"{active}" : ""),
                new("ALSO", static row => row.Text("Others")),
                new("UNTIL", row => row.TryGet("ExpiresAt", out var until) && until is DateTimeOffset time ? Human.Ago(time, now) : "forever"),
            ];
            await list.WriteAsync(session, line, [.. loaded.Models.Select(ModelData.Of)], columns, static row => row.Text("Name"));
            return 0;
        });
        return command;
    }
}
