using Ilab.Cli.Files;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Files;

public sealed class InputFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/proc", 2, "/proc: is a directory; name a file")]
    [InlineData("/proc/nowhere", 127, "/proc/nowhere: no such file or directory")]
    [InlineData("/proc/nowhere/x", 127, "/proc/nowhere/x: the directory /proc/nowhere does not exist")]
    [InlineData("/proc/version/x", 127, "/proc/version/x: /proc/version is not a directory")]
    public async Task AnErrorNamesPathAndCause(string path, int exitCode, string text)
    {
        var opened = Assert.Throws<IlabException>(() => InputFile.Open(path));
        Assert.Equal((exitCode, text), (opened.ExitCode, opened.Text));
        Assert.Equal(text, (await Assert.ThrowsAsync<IlabException>(() => InputFile.ReadAsync(path, CancellationToken.None))).Text);
    }

    [Fact]
    public void LinksThatLeadNowhereOrInCirclesAreExplained()
    {
        var (dangling, loop) = (Path.Combine(_folder, "dangling"), Path.Combine(_folder, "loop"));
        File.CreateSymbolicLink(dangling, "/proc/nowhere");
        File.CreateSymbolicLink(loop, loop);
        Assert.Equal(
            $"{dangling}: is a symbolic link to /proc/nowhere, which does not exist; repair the link or name another file",
            Assert.Throws<IlabException>(() => InputFile.Open(dangling)).Text
        );
        Assert.Equal(
            $"{loop}: symbolic links form a loop; remove the loop or name another file",
            Assert.Throws<IlabException>(() => InputFile.Open(loop)).Text
        );
    }

    [Fact]
    public void DeniedAccessNamesTheUserOrTheDirectory()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Assert.Equal(
            $"{file}: permission denied; you need read access as user {Environment.UserName}",
            FileErrors.Of(file, FileUse.Read, new UnauthorizedAccessException()).Text
        );
        Assert.Equal(
            $"{file}: permission denied; you need write access as user {Environment.UserName}",
            FileErrors.Of(file, FileUse.Write, new UnauthorizedAccessException()).Text
        );
        Assert.Equal(
            $"{file}2: permission denied in {_folder}; choose a directory that you may write to",
            FileErrors.Of(file + "2", FileUse.Write, new UnauthorizedAccessException()).Text
        );
    }
}
