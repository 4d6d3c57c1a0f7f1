using System.Text.RegularExpressions;
using Ilab.Testing;

namespace Ilab.Integration.Tests;

/// <summary>A service with a model and data, and `config create` on terminals.</summary>
public abstract partial class WizardFixture : IAsyncLifetime
{
    protected const string ControlC = "\u0003",
        ControlD = "\u0004",
        Enter = "\r";

    protected IlabInstallation Ilab { get; } = new();

    /// <summary>Where the wizard is started.</summary>
    protected string Folder { get; private set; } = "";

    public async Task InitializeAsync()
    {
        await Ilab.StartAsync("--threads", "1");
        (await Ilab.RunAsync("model", "import", Path.Combine(TestPaths.Repository, "packaging", "starter", "starter.gguf"), "--name", "starter")).Expect(0);
        Folder = Directory.CreateDirectory(Path.Combine(Ilab.Root, "work")).FullName;
        File.WriteAllText(
            Path.Combine(Folder, "facts.jsonl"),
            string.Concat(Enumerable.Range(0, 12).Select(static index => $$"""{"prompt": "What is {{index}}?", "completion": "It is {{index}}."}""" + "\n"))
        );
        (await Ilab.RunAsync("data", "import", Path.Combine(Folder, "facts.jsonl"), "--name", "facts")).Expect(0);
    }

    public async Task DisposeAsync() => await Ilab.DisposeAsync();

    /// <summary>Whether a line is one of the file that is shown, and not of what is said about it.</summary>
    protected static bool IsOfTheFile(string line) => line.TrimStart() is var text && (text.StartsWith('#') || KeyLine().IsMatch(text));

    /// <param name="file">In <see cref="Folder"/>.</param>
    /// <param name="kind">Such as <c>train</c>.</param>
    /// <returns>The text of a file that lints clean and, without what only ilab knows, is one of Oumi.</returns>
    protected async Task<string> ExpectCleanAsync(string file, string kind)
    {
        var path = Path.Combine(Folder, file);
        var lint = (await Ilab.RunAsync("config", "lint", path)).Expect(0);
        Assert.Equal(("", "1 file checked, all valid\n"), (lint.Output, lint.Error));
        var text = await File.ReadAllTextAsync(path);
        Assert.All(WrittenFields.All, schema => Assert.Empty(schema.Problems(text, kind, "ilab")));
        return text;
    }

    /// <summary>What was shown, without colours and movements.</summary>
    protected static string Shown(string output) => Sequence().Replace(output, "");

    /// <summary>What was shown, as one line: it may have been wrapped anywhere.</summary>
    protected static string Plain(string output) => Blanks().Replace(Shown(output), " ");

    protected TerminalProgram Start(params string[] arguments) => Start(80, [], arguments);

    protected TerminalProgram Start(int columns, (string Name, string Value)[] environment, params string[] arguments) =>
        StartProgram(columns, environment, [Ilab.Client, .. arguments]);

    protected TerminalProgram StartProgram(int columns, (string Name, string Value)[] environment, string[] command)
    {
        var variables = new Dictionary<string, string> { ["ILAB_ROOT"] = Ilab.Root, ["ILAB_NO_AUTOSTART"] = "1" };
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }

        return TerminalProgram.Start(command, Folder, variables, columns);
    }

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Sequence();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"^(?:- )?[a-z_]+:(?: |$)")]
    private static partial Regex KeyLine();
}
