using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system info`.</summary>
internal static class InfoCommand
{
    public static Command Create(Session session)
    {
        var format = CommonOptions.ObjectFormat("{{.Store.Path}}");
        var command = new Command("info", "Show host, store, devices and service\n\nExamples:\n  ilab system info --format '{{.Store.Path}}'") { format };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var client = await session.ClientAsync(cancellationToken);
                var info = await client.System.InfoAsync(new InfoRequest(), cancellationToken: cancellationToken);
                var data = Of(info);
                if (line.GetValue(format) is { } text)
                {
                    await session.Out.WriteLineAsync(text == "json" ? JsonText.Of(data) : new Template(text).Apply(data));
                    return 0;
                }

                await WriteAsync(session.Out, data, "");
                await GpuText.WarnAsync(session.Error, info.Devices);
                return 0;
            }
        );
        return command;
    }

    private static Data Of(InfoResponse info) =>
        new Data()
            .Add(
                "Host",
                new Data()
                    .Add("Hostname", info.Host.Hostname)
                    .Add("Os", info.Host.Os)
                    .Add("Kernel", info.Host.Kernel)
                    .Add("Architecture", info.Host.Architecture)
                    .Add("Cpus", info.Host.Cpus)
                    .Add("CpuModel", info.Host.CpuModel)
                    .Add("CpuFeatures", info.Host.CpuFeatures.ToList())
                    .Add("MemoryTotal", info.Host.MemoryTotal)
                    .Add("MemoryAvailable", info.Host.MemoryAvailable)
            )
            .Add(
                "Store",
                new Data()
                    .Add("Path", info.Store.Path)
                    .Add("Models", info.Store.Models)
                    .Add("Blobs", info.Store.Blobs)
                    .Add("Jobs", info.Store.Jobs)
                    .Add("BytesUsed", info.Store.BytesUsed)
                    .Add("BytesFree", info.Store.BytesFree)
                    .Add("Filesystem", info.Store.Filesystem)
                    .Add("Reflink", info.Store.Reflink)
                    .Add("Database", info.Store.Database)
            )
            .Add(
                "Devices",
                info.Devices.Select(static device =>
                        new Data()
                            .Add("Id", device.Id)
                            .Add("Name", device.Name)
                            .Add("MemoryTotal", device.MemoryTotal)
                            .Add("MemoryReserved", device.MemoryReserved)
                            .Add("MemoryFree", device.MemoryFree)
                            .Add("Driver", device.Driver)
                            .Add("ComputeCapability", device.ComputeCapability)
                            .Add("Problem", device.Problem)
                    )
                    .ToList()
            )
            .Add(
                "Service",
                new Data()
                    .Add("Version", info.Service.Version)
                    .Add("Pid", info.Service.Pid)
                    .Add("Started", info.Service.Started?.ToDateTimeOffset())
                    .Add("Socket", info.Service.Socket)
                    .Add("RuntimeDirectory", info.Service.RuntimeDirectory)
                    .Add("Resident", info.Service.Resident)
                    .Add("LoadedModels", info.Service.LoadedModels)
                    .Add("ActiveJobs", info.Service.ActiveJobs)
                    .Add("ManagedBy", info.Service.ManagedBy)
                    .Add("Settings", info.Service.Settings.ToList())
            )
            .Add("Native", new Data().Add("Version", info.Native.Version).Add("Directory", info.Native.Directory).Add("Problem", info.Native.Problem))
            .Add(
                "Accelerator",
                new Data()
                    .Add("Name", info.Accelerator?.Name)
                    .Add("Library", info.Accelerator?.Library)
                    .Add("Mode", info.Accelerator?.Mode)
                    .Add("Problem", info.Accelerator?.Problem)
            );

    private static async Task WriteAsync(TextWriter output, Data data, string indent)
    {
        foreach (var (name, value) in data.Fields)
        {
            switch (value)
            {
                case Data inner:
                    await output.WriteLineAsync($"{indent}{name}:");
                    await WriteAsync(output, inner, indent + "  ");
                    break;
                case List<Data> list:
                    await output.WriteLineAsync($"{indent}{name}:");
                    foreach (var entry in list)
                    {
                        await output.WriteLineAsync($"{indent}  -");
                        await WriteAsync(output, entry, indent + "    ");
                    }

                    break;
                case List<string> list:
                    await output.WriteLineAsync($"{indent}{name}: {string.Join(", ", list)}");
                    break;
                case ulong bytes
                    when name.Contains("Memory", StringComparison.Ordinal) || name.StartsWith("Bytes", StringComparison.Ordinal) || name == "Resident":
                    await output.WriteLineAsync($"{indent}{name}: {Human.Size(bytes)}");
                    break;
                default:
                    await output.WriteLineAsync($"{indent}{name}: {new Template("{{.V}}").Apply(new Data().Add("V", value))}");
                    break;
            }
        }
    }
}
