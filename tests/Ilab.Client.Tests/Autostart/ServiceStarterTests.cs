using System.Runtime.InteropServices;
using Ilab.Client.Autostart;
using Ilab.Client.Connections;
using Ilab.Client.Errors;
using Ilab.Testing;

namespace Ilab.Client.Tests.Autostart;

public sealed partial class ServiceStarterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What the caller of a client left open, such as a lock, would stay with a service that outlives them both.</summary>
    [Fact]
    public async Task TheServiceInheritsNoFileOfTheCaller()
    {
        var (kept, listing, program) = (At("kept by the caller"), At("listing"), At("ilabd"));
        using var file = File.Create(kept);
        var inheritable = Duplicate((int)file.SafeFileHandle.DangerousGetHandle());
        try
        {
            await File.WriteAllTextAsync(program, $"#!/bin/sh\nls -l /proc/$$/fd > '{listing}'\necho 'Error: only a listing' >&2\nexit 1\n");
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            var starter = new ServiceStarter(name => name == "ILAB_ILABD" ? program : null);
            var error = await Assert.ThrowsAsync<IlabException>(() =>
                starter.EnsureAsync(new Endpoint(EndpointScheme.Unix, At("run/ilabd.sock")), CancellationToken.None)
            );
            Assert.Contains("only a listing", error.Message, StringComparison.Ordinal);
            var listed = await File.ReadAllTextAsync(listing);
            Assert.Contains("ilabd.log", listed, StringComparison.Ordinal);
            Assert.DoesNotContain("kept by the caller", listed, StringComparison.Ordinal);
        }
        finally
        {
            _ = Close(inheritable);
        }
    }

    /// <summary>What the user set is not overruled; what the client relies on is said.</summary>
    [Theory]
    [InlineData("service: {threads: 1}", "--idle-exit 10m --root ROOT")]
    [InlineData("service: {idle-exit: never}", "--root ROOT")]
    [InlineData("service: {idle-exit: 1h, socket: /tmp/elsewhere.sock}", "--root ROOT --socket ROOT/run/ilabd.sock")]
    [InlineData("service: {runtime-dir: /tmp/elsewhere}", "--idle-exit 10m --root ROOT --socket ROOT/run/ilabd.sock")]
    public async Task SettingsOfTheServiceCount(string settings, string expected)
    {
        var (listing, program) = (At("listing"), _folder.File("ilabd", ""));
        _folder.File("config/ilab.conf", settings + "\n");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\necho \"$*\" > '{listing}'\nexit 1\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var starter = new ServiceStarter(name =>
            name switch
            {
                "ILAB_ILABD" => program,
                "ILAB_ROOT" => _folder.Path,
                _ => null,
            }
        );
        await Assert.ThrowsAsync<IlabException>(() => starter.EnsureAsync(new Endpoint(EndpointScheme.Unix, At("run/ilabd.sock")), CancellationToken.None));
        Assert.Equal(expected.Replace("ROOT", _folder.Path, StringComparison.Ordinal), (await File.ReadAllTextAsync(listing)).TrimEnd('\n'));
    }

    private string At(string name) => Path.Combine(_folder.Path, name);

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
