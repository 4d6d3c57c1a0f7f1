using Ilab.Engine.Store.Content;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Store.Content;

public sealed class FolderSizeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryFileBelowCountsAndAMissingFolderDoesNot()
    {
        _folder.File("a", "12345");
        _folder.File("b/c/.hidden", "678");
        Assert.Equal(8, FolderSize.Of(_folder.Path));
        Assert.Equal(0, FolderSize.Of(Path.Combine(_folder.Path, "none")));
    }

    [Fact]
    public async Task FilesAndFoldersThatVanishMeanwhileDoNotMatter()
    {
        _folder.File("stays", "1234567890");
        using var stop = new CancellationTokenSource();
        var changing = Task.Run(() =>
        {
            for (var round = 0; !stop.IsCancellationRequested; round++)
            {
                _folder.File($"job{round % 3}/events", "x");
                _folder.File($"file{round % 3}", "x");
                Directory.Delete(Path.Combine(_folder.Path, $"job{round % 3}"), recursive: true);
                File.Delete(Path.Combine(_folder.Path, $"file{round % 3}"));
            }
        });
        for (var round = 0; round < 2000; round++)
        {
            Assert.InRange(FolderSize.Of(_folder.Path), 10, 16);
        }

        await stop.CancelAsync();
        await changing;
    }
}
