namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>Where the taxonomy is when nobody says so.</summary>
internal static class TaxonomyFolder
{
    /// <summary>The current folder if it looks like a taxonomy, else the one that `tax download` fills.</summary>
    public static string Find(Func<string, string?> environment) =>
        LocalFiles.Roots.Any(Directory.Exists) || !Directory.Exists(Default(environment)) ? "." : Default(environment);

    /// <summary>ILAB_TAXONOMY, else a folder of the private root, else one of the user's data.</summary>
    public static string Default(Func<string, string?> environment)
    {
        if (environment("ILAB_TAXONOMY") is { Length: > 0 } named)
        {
            return named;
        }

        if (environment("ILAB_ROOT") is { Length: > 0 } root)
        {
            return Path.Combine(root, "taxonomy");
        }

        var data = environment("XDG_DATA_HOME") is { Length: > 0 } home ? home : Path.Combine(environment("HOME") ?? "", ".local", "share");
        return Path.Combine(data, "ilab", "taxonomy");
    }
}
