using System.CommandLine;

namespace Ilab.Cli.Options;

/// <summary>Options that several commands share, so that they read the same everywhere.</summary>
internal static class CommonOptions
{
    /// <summary>Description of an argument that names one stored object.</summary>
    public const string Reference = "Name, digest or unique digest prefix";

    /// <summary>Description of an argument that names several stored objects.</summary>
    public const string References = "Names, digests or unique digest prefixes";

    /// <summary>Description of an argument that names one job.</summary>
    public const string JobId = "Job id or unique prefix";

    public static Option<string[]> Label() => new("--label") { Description = "Label as KEY=VALUE; may be repeated", HelpName = "LABEL" };

    public static Option<bool> Detach() => new("--detach", "-d") { Description = "Print the job id and return instead of following the job" };

    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "Do not show progress" };

    /// <param name="kind">What bears the name: <c>model</c> or <c>dataset</c>.</param>
    public static Option<bool> Replace(string kind) => new("--replace") { Description = $"Replace an existing {kind} of that name" };

    public static Option<bool> Force(string description) => new("--force", "-f") { Description = description };

    public static Option<bool> DryRun(string description = "Show what would be removed; remove nothing") => new("--dry-run") { Description = description };

    public static Option<string?> Text(string name, string description, string value) => new(name) { Description = description, HelpName = value };

    /// <summary>A repeatable <c>--filter KEY=VALUE</c>.</summary>
    public static Option<string[]> Filter(string keys, params string[] aliases) =>
        new("--filter", aliases) { Description = $"Show only what matches KEY=VALUE; keys: {keys}; may be repeated", HelpName = "FILTER" };

    /// <summary><c>--format</c> of a command that prints objects, not a table.</summary>
    public static Option<string?> ObjectFormat(string example = "") =>
        new("--format") { Description = $"json or a Go template{(example.Length > 0 ? $" such as '{example}'" : "")}", HelpName = "FORMAT" };
}
