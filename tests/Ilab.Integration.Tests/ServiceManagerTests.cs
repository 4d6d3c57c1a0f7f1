using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>What a service manager sees: the unit files, being told, sockets that are handed over, the end.</summary>
public sealed class ServiceManagerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task ItSaysThatItIsReadyAliveAndStopping()
    {
        await using var ilab = new IlabInstallation();
        var address = Path.Combine(ilab.Root, "notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(address));
        using var service = Service(ilab, [("NOTIFY_SOCKET", address), ("WATCHDOG_USEC", "400000")]);
        Assert.Contains("STATUS=", await HearAsync(manager, static text => text.Contains("READY=1", StringComparison.Ordinal)), StringComparison.Ordinal);

        // Whoever starts with this word finds the socket as it is to be.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(ilab.Socket));
        (await ilab.RunAsync("version")).Expect(0);
        await HearAsync(manager, static text => text.Split("WATCHDOG=1").Length > 3);
        Signal(service, "STOP"); // it hangs: nothing may speak for it
        manager.ReceiveTimeout = 1000;
        Drain(manager);
        Assert.Throws<SocketException>(() => manager.Receive(new byte[256]));
        Signal(service, "CONT");
        Signal(service, "TERM");
        await HearAsync(manager, static text => text.Contains("STOPPING=1", StringComparison.Ordinal));
        await EndAsync(service);
    }

    [Fact]
    public async Task TermEndsTheServiceTellsTheCallersAndKeepsTheRunner()
    {
        using var compute = new GgmlLock();
        await using var ilab = new IlabInstallation();
        var file = Path.Combine(ilab.Root, "m.gguf");
        global::Ilab.Testing.Models.RandomLlama.Write(file, new global::Ilab.Testing.Models.LlamaShape(64, 128, 2, 2, 512, 4096), "m");
        await ilab.StartAsync();
        (await ilab.RunAsync("model", "import", file, "--name", "m")).Expect(0);
        using var events = ilab.Start([], "system", "events");
        (await ilab.RunAsync("model", "load", "m")).Expect(0);
        await events.StandardOutput.ReadLineAsync();
        using var service = Process.GetProcessById(ilab.ServicePid);
        using var term = Process.Start("kill", ["-TERM", ilab.ServicePid.ToString(CultureInfo.InvariantCulture)]);
        using var deadline = new CancellationTokenSource(Patience);
        var error = await events.StandardError.ReadToEndAsync(deadline.Token);
        await events.WaitForExitAsync(deadline.Token);
        Assert.Equal(125, events.ExitCode);
        Assert.Single(error.TrimEnd().Split('\n'));
        await service.WaitForExitAsync(deadline.Token); // until then the store is its own
        await ilab.StartAsync();
        Assert.Equal("m:latest\n", (await ilab.RunAsync("model", "ps", "--format", "{{.Name}}")).Expect(0).Output);
    }

    [SkippableFact]
    public async Task ASocketThatTheManagerMadeIsUsed()
    {
        const string Tool = "/usr/bin/systemd-socket-activate";
        Skip.IfNot(File.Exists(Tool), "systemd-socket-activate is not there");
        await using var ilab = new IlabInstallation();
        Directory.CreateDirectory(Path.GetDirectoryName(ilab.Socket)!);
        using var listener = ilab.StartProgram(Tool, "-l", ilab.Socket, ilab.Service, "--root", ilab.Root);
        await listener.StandardError.ReadLineAsync(); // "Listening on ..."
        _ = listener.StandardError.ReadToEndAsync();
        (await ilab.RunAsync("system", "info")).Expect(0);
        (await ilab.RunAsync("system", "stop")).Expect(0);
        await EndAsync(listener);
    }

    [SkippableFact]
    public async Task TheUnitsAreValidAndTheServiceIsConfined()
    {
        Skip.IfNot(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is not there");
        await using var ilab = new IlabInstallation();
        foreach (var unit in new[] { "ilabd.service", "ilabd.socket" })
        {
            var text = await File.ReadAllTextAsync(Path.Combine(TestPaths.Repository, unit));
            await File.WriteAllTextAsync(Path.Combine(ilab.Root, unit), text.Replace("/usr/local/lib/ilab/ilabd", "/bin/true", StringComparison.Ordinal));
        }

        var service = Path.Combine(ilab.Root, "ilabd.service");
        using var verify = ilab.StartProgram("/usr/bin/systemd-analyze", "verify", "--man=no", service);
        Assert.DoesNotContain("ilabd", await verify.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        using var security = ilab.StartProgram("/usr/bin/systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", service);
        var report = await security.StandardOutput.ReadToEndAsync();
        await security.WaitForExitAsync();
        Assert.True(security.ExitCode == 0, report);
    }

    private static Process Service(IlabInstallation ilab, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(ilab.Service, ["--root", ilab.Root]);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task<string> HearAsync(Socket manager, Func<string, bool> enough)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var (heard, buffer) = (new StringBuilder(), new byte[4096]);
        while (!enough(heard.ToString()))
        {
            heard.Append(Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer, deadline.Token))).Append('\n');
        }

        return heard.ToString();
    }

    private static void Drain(Socket manager)
    {
        while (manager.Available > 0)
        {
            manager.Receive(new byte[4096]);
        }
    }

    private static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static async Task EndAsync(Process process)
    {
        using var deadline = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(deadline.Token);
    }
}
