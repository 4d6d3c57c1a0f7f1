using System.CommandLine;
using System.Globalization;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system check`: one row per component, and with --accelerator one per kind of matrix product.</summary>
internal static class CheckCommand
{
    private const ulong LowSpace = 1_000_000_000;
    private const string Ok = "ok",
        Warning = "warning",
        Failed = "failed",
        None = "none";

    private const string Help = """
        Check the service and what it uses

        STATUS is ok, warning, failed, or none for an optional component that is absent. Exit code 1 when something failed, when a
        GPU is present but not used, or when --accelerator is given and no accelerator is in use.

        Examples:
          ilab system check
          ilab system check --accelerator
        """;

    public static Command Create(Session session)
    {
        var list = new ListOutput();
        var accelerator = new Option<bool>("--accelerator") { Description = "Measure the accelerator's matrix products against exact results" };
        var command = new Command("check", Help) { accelerator };
        list.AddTo(command);
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var info = await client.System.InfoAsync(new InfoRequest(), cancellationToken: cancellationToken);
                var check = await client.System.CheckAsync(new CheckRequest { Accelerator = line.GetValue(accelerator) }, cancellationToken: cancellationToken);
                List<Data> rows = [.. Components(info, check.Accelerator)];
                if (line.GetValue(accelerator))
                {
                    rows.AddRange(check.Products.Select(Product));
                }

                Column[] columns =
                [
                    new("CHECK", static row => row.Text("Check")),
                    new("STATUS", static row => row.Text("Status")),
                    new("DETAIL", static row => row.Text("Detail")),
                ];
                await list.WriteAsync(session, line, rows, columns, static row => row.Text("Check"));
                var isUsed = check.Accelerator.Name.Length > 0;
                return rows.Any(static row => row.Text("Status") == Failed) || (line.GetValue(accelerator) && !isUsed) ? 1 : 0;
            }
        );
        return command;
    }

    private static IEnumerable<Data> Components(InfoResponse info, AcceleratorInfo accelerator)
    {
        yield return Row("service", Ok, $"version {info.Service.Version}, pid {info.Service.Pid}, {info.Service.Socket}");
        yield return Row(
            "store",
            info.Store.BytesFree < LowSpace ? Warning : Ok,
            $"{info.Store.Path}: {Human.Size(info.Store.BytesFree)} free, {info.Store.Models} models"
        );
        yield return Row("database", info.Store.Database.Length > 0 ? Ok : Warning, info.Store.Database);
        yield return Row(
            "native library",
            info.Native.Problem.Length == 0 ? Ok : Failed,
            info.Native.Problem.Length == 0 ? info.Native.Version : info.Native.Problem
        );
        foreach (var device in info.Devices)
        {
            yield return device.Problem.Length > 0
                ? Row($"device {device.Id}", Failed, $"{device.Name} is not used: {device.Problem}")
                : Row($"device {device.Id}", Ok, $"{device.Name}{Gpu(device)}: {Human.Size(device.MemoryFree)} of {Human.Size(device.MemoryTotal)} free");
        }

        var problem = accelerator.Problem.Length > 0 ? $"; {accelerator.Problem}" : "";
        yield return accelerator.Name.Length > 0
            ? Row("accelerator", Ok, $"{accelerator.Name} ({accelerator.Mode}){problem}")
            : Row("accelerator", None, accelerator.Problem);
    }

    private static string Gpu(DeviceInfo device) => device.Driver.Length > 0 ? $" (compute capability {device.ComputeCapability}, driver {device.Driver})" : "";

    private static Data Product(CheckedProduct product) =>
        Row(
                $"{product.Type} x {product.Rows}",
                product.Accelerated <= product.Bound ? Ok : Failed,
                $"error {Figure(product.Accelerated)}, plain {Figure(product.Plain)}, bound {Figure(product.Bound)}"
            )
            .Add("Weights", product.Type)
            .Add("Rows", (ulong)product.Rows)
            .Add("Plain", product.Plain)
            .Add("Accelerated", product.Accelerated)
            .Add("Bound", product.Bound)
            .Add("Good", product.Accelerated <= product.Bound);

    private static Data Row(string check, string status, string detail) => new Data().Add("Check", check).Add("Status", status).Add("Detail", detail);

    private static string Figure(double value) => value.ToString("0.0e+00", CultureInfo.InvariantCulture);
}
