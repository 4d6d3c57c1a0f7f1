namespace Ilab.Testing.Servers;

/// <summary>
/// A real server that tests talk to, as a program of this machine. <c>{port}</c> and <c>{data}</c> in arguments, environment and files
/// stand for its port and for a private folder.
/// </summary>
public sealed record ServerSpec
{
    /// <summary>For names of containers and images: lower case, no blanks.</summary>
    public required string Name { get; init; }

    /// <summary>Absolute path.</summary>
    public required string Program { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Texts by their names below <c>{data}</c>.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>A part of the line that it writes when it listens.</summary>
    public required string ReadyLine { get; init; }

    /// <summary>The same with everything filled in.</summary>
    internal ServerSpec At(int port, string data)
    {
        return this with { Arguments = [.. Arguments.Select(Fill)], Environment = Filled(Environment), Files = Filled(Files) };

        string Fill(string text) =>
            text.Replace("{port}", port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("{data}", data, StringComparison.Ordinal);

        Dictionary<string, string> Filled(IReadOnlyDictionary<string, string> texts) => texts.ToDictionary(static text => text.Key, text => Fill(text.Value));
    }

    /// <summary>Where a program is, or null. <c>ILAB_TEST_PROGRAMS</c> is looked through before <c>PATH</c>.</summary>
    public static string? Find(string program) =>
        $"{System.Environment.GetEnvironmentVariable("ILAB_TEST_PROGRAMS")}:{System.Environment.GetEnvironmentVariable("PATH")}"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
}
