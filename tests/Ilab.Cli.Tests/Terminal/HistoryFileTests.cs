using Ilab.Cli.Terminal;

namespace Ilab.Cli.Tests.Terminal;

public sealed class HistoryFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ilab-history-").FullName;

    private string FilePath => Path.Combine(_directory, "state", "history");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void AnotherSessionFindsWhatWasEnteredAlsoWithLineEnds()
    {
        var first = new History(new HistoryFile(FilePath));
        first.Add("one");
        first.Add("two\nlines \\n é");
        first.Add("two\nlines \\n é");
        first.Add("  ");
        Assert.Equal(["one", "two\nlines \\n é"], new History(new HistoryFile(FilePath)).Entries);
    }

    [Fact]
    public void OnlyTheOwnerMayReadIt()
    {
        new HistoryFile(FilePath).Append("secret");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
    }

    [Fact]
    public void ItDoesNotGrowForEver()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllLines(FilePath, Enumerable.Range(0, (2 * HistoryFile.Capacity) + 1).Select(i => i.ToString()));
        Assert.Equal("2000", new HistoryFile(FilePath).Load()[^1]);
        Assert.Equal(HistoryFile.Capacity, File.ReadAllLines(FilePath).Length);
    }

    [Fact]
    public void APlaceThatCannotBeWrittenIsNoError()
    {
        File.WriteAllText(Path.Combine(_directory, "file"), "");
        var history = new History(new HistoryFile(Path.Combine(_directory, "file", "history")));
        history.Add("kept for this session");
        Assert.Equal("kept for this session", history.Previous(""));
    }
}
