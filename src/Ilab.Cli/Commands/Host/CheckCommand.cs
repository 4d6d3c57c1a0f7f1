using System.CommandLine;
using System.Globalization;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system check`.</summary>
internal static class CheckCommand
{
    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var accelerator = new Option<bool>("--accelerator") { Description = "Compare the CPU accelerator's matrix products with exact ones, anew" };
        var command = new Command(
            "check",
            "Check what the service uses\n\nEnds with 1 when the accelerator is not used, or a GPU is there and not used.\n\nExample:\n  ilab system check --accelerator") { accelerator };
        list.AddTo(command);
        command.SetAction(async (line, cancellationToken) =>
        {
            var client = await session.ClientAsync(cancellationToken);
            var response = await client.System.CheckAsync(new CheckRequest { Accelerator = line.GetValue(accelerator) }, cancellationToken: cancellationToken);
            var rows = response.Products.Select(static product => new Data()
                .Add("Weights", product.Type)
                .Add("Rows", (ulong)product.Rows)
                .Add("Plain", product.Plain)
                .Add("Accelerated", product.Accelerated)
                .Add("Bound", product.Bound)
                .Add("Good", product.Accelerated <= product.Bound)).ToList();
            Column[] columns =
            [
                new("WEIGHTS", static row => ModelsText(row, "Weights")),
                new("ROWS", static row => Number(row, "Rows")),
                new("PLAIN ERROR", static row => Number(row, "Plain")),
                new("ACCELERATED ERROR", static row => Number(row, "Accelerated")),
                new("BOUND", static row => Number(row, "Bound")),
                new("GOOD", static row => row.TryGet("Good", out var good) && good is true ? "yes" : "no"),
            ];
            await list.WriteAsync(session, line, rows, columns, static row => ModelsText(row, "Weights"));
            var used = response.Accelerator.Problem.Length == 0;
            await session.Error.WriteLineAsync(used ? $"{response.Accelerator.Name} is used ({response.Accelerator.Mode})" : $"no accelerator: {response.Accelerator.Problem}");
            await GpuText.TellAsync(session.Error, response.Devices);
            return await GpuText.WarnAsync(session.Error, response.Devices) && used ? 0 : 1;
        });
        return command;
    }

    private static string ModelsText(Data row, string field) => Models.ModelData.Text(row, field);

    private static string Number(Data row, string field) => row.TryGet(field, out var value) ? value switch
    {
        double number => number.ToString("0.0e+00", CultureInfo.InvariantCulture),
        ulong number => number.ToString(CultureInfo.InvariantCulture),
        _ => "",
    } : "";
}
