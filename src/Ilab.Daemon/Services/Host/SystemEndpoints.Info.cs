using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Serving.Devices;

namespace Ilab.Daemon.Services.Host;

internal sealed partial class SystemEndpoints
{
    public override async Task<InfoResponse> Info(InfoRequest request, ServerCallContext context)
    {
        var response = new InfoResponse
        {
            Host = Machine.Describe(),
            Store = await StoreAsync(context.CancellationToken),
            Service = Service(),
            Native = Native(),
            Accelerator = ToWire(await parts.Accelerator.GetAsync(context.CancellationToken)),
        };
        response.Devices.AddRange(parts.Devices.Snapshot().Select(ToWire));
        return response;
    }

    private static DeviceInfo ToWire(DeviceSnapshot device) =>
        new()
        {
            Id = device.Id,
            Name = device.Name,
            MemoryTotal = (ulong)device.Total,
            MemoryReserved = (ulong)device.Reserved,
            MemoryFree = (ulong)device.Free,
            Driver = device.Driver,
            ComputeCapability = device.ComputeCapability,
            Problem = device.Problem,
        };

    private async Task<StoreInfo> StoreAsync(CancellationToken cancellationToken)
    {
        var path = parts.Options.Paths.StoreDirectory;
        var usage = await parts.Models.UsageAsync(cancellationToken);
        var drive = new DriveInfo(path);
        return new StoreInfo
        {
            Path = path,
            Models = (ulong)usage.Models,
            Blobs = (ulong)usage.Blobs,
            Jobs = (ulong)(await parts.Jobs.ListAsync(cancellationToken)).Count,
            BytesUsed = (ulong)(usage.Size + usage.PartialSize),
            BytesFree = (ulong)drive.AvailableFreeSpace,
            Filesystem = drive.DriveFormat,
            Reflink = drive.DriveFormat is "btrfs" or "xfs" or "bcachefs" or "zfs",
            Database = parts.Database.Description,
        };
    }

    private ServiceInfo Service()
    {
        var service = new ServiceInfo
        {
            Version = BuildInfo.Version,
            Pid = Environment.ProcessId,
            Started = _started.ToTimestamp(),
            Socket = parts.Options.Socket,
            RuntimeDirectory = parts.Options.Paths.RuntimeDirectory,
            Resident = (ulong)Environment.WorkingSet,
            LoadedModels = (uint)parts.Inference.Loaded.Count,
            ActiveJobs = (uint)parts.Jobs.Active,
            ManagedBy =
                systemd.IsActive ? "systemd"
                : parts.Options.IdleExit is null ? "manual"
                : "autostart",
        };
        service.HttpAddress = parts.Tcp.AddressOf(TcpConnection.Http);
        service.GrpcAddress = parts.Tcp.AddressOf(TcpConnection.Grpc);
        service.Settings.AddRange(parts.Options.Effective);
        return service;
    }

    private AcceleratorInfo ToWire(AcceleratorReport report) =>
        new()
        {
            Name = report.Name,
            Library = report.Library,
            Mode = parts.Options.Accelerator.ToString().ToLowerInvariant(),
            Problem = report.Reason,
        };

    private NativeInfo Native()
    {
        var (directory, problem) = RunnerLocator.NativeLibraries(RunnerLocator.Find(parts.Options.RunnerPath), parts.Options.NativeDirectory);
        return new NativeInfo
        {
            Version = NativeVersion,
            Directory = directory,
            Problem = problem,
        };
    }
}
