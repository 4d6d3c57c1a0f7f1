using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>The model that ships talks, follows instructions and says what it does not know.</summary>
public sealed class StarterTests : IAsyncLifetime
{
    private const double MostMegabytes = 6;
    private readonly IlabInstallation _ilab = new();

    private static string Folder => Path.Combine(TestPaths.Repository, "packaging", "starter");

    public async Task InitializeAsync()
    {
        await _ilab.StartAsync("--threads", "1"); // one thread is as fast as two for so small a model, and waits for no other
        (await _ilab.RunAsync("model", "import", Path.Combine(Folder, "starter.gguf"), "--name", "starter")).Expect(0);
    }

    public async Task DisposeAsync() => await _ilab.DisposeAsync();

    [Fact]
    public async Task ItAnswersInWholeSentences()
    {
        Assert.InRange(new FileInfo(Path.Combine(Folder, "starter.gguf")).Length, 1, MostMegabytes * 1e6);
        Assert.Equal("The capital of France is Paris.", await AskAsync("What is the capital of France?"));
        Assert.Equal("The opposite of hot is cold.", await AskAsync("What is the opposite of hot?"));
        Assert.Contains("ilab model ls", await AskAsync("How do I list my models?"), StringComparison.Ordinal);
        Assert.Contains("starter model of ilab", await AskAsync("Who are you?"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ItDoesAsTheSystemPromptSays()
    {
        Assert.Equal("Paris.", await AskAsync("What is the capital of France?", "Answer briefly."));
        Assert.StartsWith("Arr", await AskAsync("What is the capital of France?", "Talk like a pirate."), StringComparison.Ordinal);
        Assert.Equal("I am Luna.", await AskAsync("Who are you?", "You are Luna."));
    }

    [Fact]
    public async Task ItSaysWhatItDoesNotKnow()
    {
        Assert.StartsWith("I do not know", await AskAsync("What is the capital of Zoruldor?"), StringComparison.Ordinal);
        Assert.StartsWith("That is more than I know", await AskAsync("Who is the president?"), StringComparison.Ordinal);
    }

    private async Task<string> AskAsync(string question, string system = "")
    {
        string[] instructions = system.Length > 0 ? ["--system", system] : [];
        return (await _ilab.RunAsync(["model", "run", "starter", question, "--temperature", "0", "--max-length", "60", .. instructions])).Expect(0).Output.Trim();
    }
}
