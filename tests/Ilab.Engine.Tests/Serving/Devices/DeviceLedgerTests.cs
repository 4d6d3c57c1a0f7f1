using Ilab.Engine.Serving.Devices;

namespace Ilab.Engine.Tests.Serving.Devices;

public sealed class DeviceLedgerTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void Reservations_count_until_they_are_removed()
    {
        var ledger = new DeviceLedger([new Fixed(new DeviceMemory("cpu", "CPU", 16 * GiB, 16 * GiB))], 10 * GiB);
        ledger.Set("a", new Reservation("cpu", 3 * GiB, 0));
        ledger.Set("b", new Reservation("cpu", 4 * GiB, 0));
        ledger.Set("a", new Reservation("cpu", 2 * GiB, 0));

        Assert.Equal(4 * GiB, Assert.Single(ledger.Snapshot()).Free);
        ledger.Remove("b");
        Assert.Equal(8 * GiB, Assert.Single(ledger.Snapshot()).Free);
    }

    [Fact]
    public void What_other_programs_use_is_not_free_but_mapped_weights_are_not_theirs()
    {
        var ledger = new DeviceLedger([new Fixed(new DeviceMemory("cpu", "CPU", 16 * GiB, 9 * GiB))], 0);
        ledger.Set("a", new Reservation("cpu", 5 * GiB, 4 * GiB));

        var cpu = Assert.Single(ledger.Snapshot());

        Assert.Equal(6 * GiB, cpu.UsedByOthers);
        Assert.Equal(cpu.Budget - (11 * GiB), cpu.Free);
    }

    [Fact]
    public void A_gpu_has_its_own_account()
    {
        var ledger = new DeviceLedger(
            [new Fixed(new DeviceMemory("cuda0", "GPU", 80 * GiB, 80 * GiB)), new Fixed(new DeviceMemory("cpu", "CPU", 16 * GiB, 16 * GiB))],
            0
        );
        ledger.Set("a", new Reservation("cuda0", 70 * GiB, 0));

        Assert.Equal(["cuda0", "cpu"], ledger.Snapshot().Select(d => d.Id));
        Assert.Equal([70 * GiB, 0], ledger.Snapshot().Select(d => d.Reserved));
    }

    [Fact]
    public void Reading_gpus_works_on_machines_with_and_without_a_driver() =>
        Assert.All(new NvmlProbe(new Supported()).Read(), gpu => Assert.InRange(gpu.Available, 0, gpu.Total));

    private sealed class Supported : ICudaSupport
    {
        public string ProblemOf(CudaCard card) => "";
    }

    private sealed class Fixed(DeviceMemory memory) : IDeviceProbe
    {
        public IReadOnlyList<DeviceMemory> Read() => [memory];
    }
}
