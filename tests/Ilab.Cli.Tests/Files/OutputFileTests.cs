using System.Text;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Client.Errors;

namespace Ilab.Cli.Tests.Files;

public sealed class OutputFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ilab-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task AFileIsReplacedAsAWholeAndKeepsItsMode()
    {
        var path = Path.Combine(_folder, "a");
        await File.WriteAllTextAsync(path, "old");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(ErrorKind.AlreadyExists, (await FailAsync(path, replace: false)).Kind);
        await Assert.ThrowsAsync<FormatException>(() =>
            OutputFile.WriteAsync(path, replace: true, static _ => throw new FormatException(), CancellationToken.None)
        );
        Assert.Equal("old", await File.ReadAllTextAsync(path));
        await WriteAsync(path, replace: true);
        Assert.Equal("new", await File.ReadAllTextAsync(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task ANewFileIsWritten()
    {
        var path = Path.Combine(_folder, "new.txt");
        await OutputFile.WriteAsync(path, replace: false, "text"u8.ToArray(), CancellationToken.None);
        Assert.Equal("text", await File.ReadAllTextAsync(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task AFileThatSomebodyMakesMeanwhileStays()
    {
        var path = Path.Combine(_folder, "new.txt");
        var exception = await Assert.ThrowsAsync<IlabException>(() =>
            OutputFile.WriteAsync(path, replace: false, _ => File.WriteAllTextAsync(path, "theirs"), CancellationToken.None)
        );
        Assert.Equal(ErrorKind.AlreadyExists, exception.Kind);
        Assert.Equal("theirs", await File.ReadAllTextAsync(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task ALinkStaysALink()
    {
        var (link, target) = (Path.Combine(_folder, "link"), Path.Combine(_folder, "target"));
        File.CreateSymbolicLink(link, target);
        await WriteAsync(link, replace: true);
        Assert.Equal(("new", target), (await File.ReadAllTextAsync(target), new FileInfo(link).LinkTarget));
    }

    [Fact]
    public async Task ADeviceIsWrittenInPlaceAndStays()
    {
        Assert.Equal(ErrorKind.DiskFull, (await FailAsync("/dev/full", replace: true)).Kind);
        await WriteAsync("/dev/null", replace: false);
        Assert.True(FileType.IsSpecial("/dev/null"));
        Assert.False(File.ResolveLinkTarget("/dev/null", false) is not null);
    }

    [Theory]
    [InlineData("/proc/x", "/proc/x: no file can be created in /proc; choose another directory")]
    [InlineData("/proc/nowhere/x", "/proc/nowhere/x: the directory /proc/nowhere does not exist; create it first")]
    [InlineData("/proc", "/proc: is a directory; name a file")]
    [InlineData("/proc/version/x", "/proc/version/x: /proc/version is not a directory")]
    public async Task AnErrorNamesPathCauseAndRemedy(string path, string text) => Assert.Equal(text, (await FailAsync(path, replace: true)).Text);

    [Fact]
    public async Task ADanglingLinkIntoNowhereIsExplained()
    {
        var link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, "/proc/nowhere/x");
        Assert.Equal(
            $"{link}: is a symbolic link to /proc/nowhere/x, which does not exist; repair the link or name another file",
            (await FailAsync(link, replace: true)).Text
        );
    }

    [Fact]
    public void ADirectoryThatCannotBeCreatedIsExplained()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Assert.Equal($"{file}: is a file, not a directory; name another directory", Assert.Throws<IlabException>(() => OutputFile.CreateDirectory(file)).Text);
        Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<IlabException>(static () => OutputFile.CreateDirectory("/proc/x")).Kind);
    }

    private static Task WriteAsync(string path, bool replace) => OutputFile.WriteAsync(path, replace, Encoding.UTF8.GetBytes("new"), CancellationToken.None);

    private static Task<IlabException> FailAsync(string path, bool replace) => Assert.ThrowsAsync<IlabException>(() => WriteAsync(path, replace));
}
