using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>Odd surroundings: no home, no locale, nobody who started the service, many who do at once.</summary>
public sealed class SurroundingsTests
{
    [Fact]
    public async Task TenClientsAtOnceStartOneService()
    {
        await using var ilab = new IlabInstallation();
        var results = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => ilab.RunWithAsync("", [("ILAB_NO_AUTOSTART", null)], "system", "info", "--format", "{{.Service.Pid}}"))
        );
        Assert.Single(results.Select(static result => result.Expect(0).Output).Distinct());
    }

    [Theory]
    [InlineData("HOME")]
    [InlineData("XDG_RUNTIME_DIR")]
    [InlineData("TERM")]
    public async Task WorksWithout(string variable)
    {
        await using var ilab = new IlabInstallation();
        await ilab.StartAsync();
        (await ilab.RunWithAsync("", [(variable, null), ("LANG", "C"), ("LC_ALL", "C")], "model", "ls")).Expect(0);
    }

    [Fact]
    public async Task ASocketThatIsLeftOverIsReplaced()
    {
        await using var ilab = new IlabInstallation();
        await ilab.StartAsync();
        await ilab.KillAsync();
        Assert.True(File.Exists(ilab.Socket));
        Assert.Equal(125, (await ilab.RunAsync("model", "ls")).ExitCode);
        await ilab.StartAsync();
        (await ilab.RunAsync("model", "ls")).Expect(0);
    }

    [Fact]
    public async Task AClientThatHasGoneIsLoggedWithItsUserAndNothingElse()
    {
        await using var ilab = new IlabInstallation();
        await ilab.StartAsync("--log-level", "debug");
        using var events = ilab.Start([], "system", "events", "--since", "10m");
        Assert.NotNull(await events.StandardOutput.ReadLineAsync()); // it is being answered
        events.Kill();
        await events.WaitForExitAsync();
        Assert.Contains($"/Events by uid {TestUser.Effective}: cancelled", await ilab.LogLineAsync("/Events"), StringComparison.Ordinal);
        (await ilab.RunAsync("model", "ls")).Expect(0); // what else is said of the first call is said before this one ends
        Assert.DoesNotContain("Exception", ilab.Log, StringComparison.Ordinal);
    }
}
