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
                + "together. UNTIL is when an idle model unloads; pinned ones make no room for others, either. "
                + "With --format json, AcceleratorNote says what the accelerator does or why there is "
                + "none.\n\nTHREADS is how many threads compute, of how many could, with the reason when there are fewer: busy (other programs use the "
                + "CPUs; a single answer then takes several threads for each CPU), fastest (more would not be faster), quota, cpuset, "
                + "affinity or setting.\n\nExamples:\n  ilab model ps\n  ilab model ps --format json"
        );
        list.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
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
                    new("DEVICE", ModelData.Device),
                    new("ACCELERATOR", static row => row.Text("Accelerator") is { Length: > 0 } name ? name : "none"),
                    new("CONTEXT", static row => row.TryGet("ContextLength", out var length) ? $"{length}" : ""),
                    new("ACTIVE", static row => row.TryGet("Active", out var active) ? $"{active}" : ""),
                    new("THREADS", Threads),
                    new("ALSO", static row => row.Text("Others")),
                    new(
                        "UNTIL",
                        row =>
                            row.Flag("Pinned") ? "pinned"
                            : row.TryGet("ExpiresAt", out var until) && until is DateTimeOffset time ? Human.Ago(time, now)
                            : "forever"
                    ),
                ];
                await list.WriteAsync(session, line, [.. loaded.Models.Select(ModelData.Of)], columns, static row => row.Text("Name"));
                foreach (var model in loaded.Models.Where(static model => model.DeviceWarning.Length > 0))
                {
                    await session.Error.WriteLineAsync($"Warning: {model.Name} runs on the CPU: {model.DeviceWarning}");
                }

                return 0;
            }
        );
        return command;
    }

    /// <summary>For example <c>1/2 (busy)</c>: threads that compute, threads that could, and why there are not more.</summary>
    internal static string Threads(Data row) =>
        row.TryGet("ThreadsLimit", out var limit) && limit is uint and > 0 && row.TryGet("Threads", out var used)
            ? $"{used}/{limit}" + (row.Text("ThreadsReason") is { Length: > 0 } reason ? $" ({reason})" : "")
            : "";
}
