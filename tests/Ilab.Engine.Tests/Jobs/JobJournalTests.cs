using System.Text;
using System.Text.Json;
using Ilab.Engine.Jobs;
using Ilab.Testing;

namespace Ilab.Engine.Tests.Jobs;

public sealed class JobJournalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string PathOfJournal => Path.Combine(_folder.Path, "work.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WhatWasAddedIsThereAgain()
    {
        var large = $"\"{new string('x', 200_000)}\"";
        await using (var journal = JobJournal.Open(PathOfJournal, static _ => Assert.Fail("there is nothing yet")))
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(number => journal.AddAsync(Encoding.UTF8.GetBytes($"{number}"))));
            await journal.AddAsync(Encoding.UTF8.GetBytes(large));
        }

        Assert.Equal([.. Enumerable.Range(0, 50).Select(static number => $"{number}"), large], await ReadAsync());
    }

    [Theory]
    [InlineData("3")]
    [InlineData("{\"a\":")]
    [InlineData("\0\0\0")]
    public async Task ATornEndIsCutOff(string torn)
    {
        await File.WriteAllTextAsync(PathOfJournal, "1\n2\n" + torn);
        Assert.Equal(["1", "2"], await ReadAsync("5"));
        Assert.Equal(["1", "2", "5"], await ReadAsync());
        Assert.Equal("1\n2\n5\n", await File.ReadAllTextAsync(PathOfJournal));
    }

    [Theory]
    [InlineData("{\"a\":\n")]
    [InlineData("\0\0\0\n")]
    public async Task AWholeLineThatCannotBeReadTakesNothingWithIt(string line)
    {
        var text = $"1\n{line}3\n";
        await File.WriteAllTextAsync(PathOfJournal, text);
        await using (var journal = JobJournal.Open(PathOfJournal, static line => JsonDocument.Parse(line).Dispose()))
        {
            Assert.Equal(1, journal.Unreadable);
        }

        Assert.Equal(["1", "3"], await ReadAsync("4"));
        Assert.Equal(["1", "3", "4"], await ReadAsync());
        Assert.Equal(text + "4\n", await File.ReadAllTextAsync(PathOfJournal));
    }

    [Fact]
    public async Task PositionsAreThoseOfTheLines()
    {
        await File.WriteAllTextAsync(PathOfJournal, "10\n\"ä\"\n30\n");
        var positions = new List<long>();
        JobJournal.Read(PathOfJournal, (_, position) => positions.Add(position));
        Assert.Equal([0, 3, 8], positions);
        JobJournal.Read(PathOfJournal + ".none", static (_, _) => Assert.Fail("there is no such file"));
    }

    private async Task<List<string>> ReadAsync(params string[] added)
    {
        var lines = new List<string>();
        await using var journal = JobJournal.Open(
            PathOfJournal,
            line =>
            {
                JsonDocument.Parse(line).Dispose();
                lines.Add(Encoding.UTF8.GetString(line.Span));
            }
        );
        foreach (var line in added)
        {
            await journal.AddAsync(Encoding.UTF8.GetBytes(line));
        }

        return lines;
    }
}
