using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>The table of attempts and answers in docs/security.md: each row is a test, whatever the order.</summary>
public sealed class SecurityTableTests(SharedMachine machine) : IClassFixture<SharedMachine>
{
    private const int LeastRows = 60;
    private const string Nothing = "*nothing*";

    public static TheoryData<string, string, string, int, string> Rows()
    {
        var data = new TheoryData<string, string, string, int, string>();
        foreach (var line in File.ReadLines(Path.Combine(TestPaths.Repository, "docs", "security.md")))
        {
            string[] cells = [.. line.Trim('|').Split('|').Select(static cell => cell.Trim())];
            if (cells is [var number, var who, var attempt, var exit, var answer] && int.TryParse(number, out _))
            {
                data.Add(number, who, attempt.Trim('`'), int.Parse(exit, System.Globalization.CultureInfo.InvariantCulture), answer);
            }
        }

        return data;
    }

    [Fact]
    public void TheTableIsLongEnoughAndNumbered()
    {
        string[] numbers = [.. Rows().Select(static row => (string)row[0])];
        Assert.True(numbers.Length >= LeastRows);
        Assert.Equal(Enumerable.Range(1, numbers.Length).Select(static number => $"{number}"), numbers);
    }

    [SkippableTheory]
    [MemberData(nameof(Rows))]
    public async Task AnAttemptHasItsAnswer(string number, string who, string attempt, int exit, string answer)
    {
        Skip.IfNot(TestUser.CanBecomeAnother, TestUser.NeedsRoot);
        string[] words = [.. attempt.Split(' ').Select(word => machine.Words.GetValueOrDefault(word, word))];
        Assert.Equal("ilab", words[0]);
        var result = await machine.AsAsync(who, words[1..]);
        Assert.True(result.ExitCode == exit, $"{number}: exit code {result.ExitCode}, not {exit}: {result.Output}{result.Error}");
        if (answer == Nothing)
        {
            Assert.Equal("", result.Output + result.Error);
            return;
        }

        // The people of the table have no names on this machine.
        foreach (var (name, user) in SharedMachine.People)
        {
            answer = answer.Replace($"belongs to {name}", $"belongs to uid {user.Id}", StringComparison.Ordinal);
        }

        Assert.Contains(machine.Words.GetValueOrDefault(answer, answer), result.Output + result.Error, StringComparison.Ordinal);
        if (exit != 0)
        {
            Assert.Equal(1, result.Error.Count(static character => character == '\n'));
            Assert.Contains(result.Output, (string[])["", "[]\n"]); // inspect prints an array, of what it found
        }
    }
}
