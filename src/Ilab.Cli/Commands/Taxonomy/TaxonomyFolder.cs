namespace Ilab.Cli.Commands.Taxonomy;

/// <summary>Locates the taxonomy when none is named.</summary>
internal static class TaxonomyFolder
{
    /// <summary>The checkout that the current directory is in, else the directory of `tax download`, else the current directory.</summary>
    public static string Find(Func<string, string?> environment) => Checkout() ?? (Directory.Exists(Default(environment)) ? Default(environment) : ".");

    /// <summary>
    /// The current directory if it has the top directories of a taxonomy, else the root of the git checkout around it if that has them; relative to the current
    /// directory.
    /// </summary>
    /// <returns>Null outside of a taxonomy.</returns>
    public static string? Checkout()
    {
        var relative = ".";
        for (var folder = Directory.GetCurrentDirectory(); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var isRoot = Path.Exists(Path.Combine(folder, ".git"));
            if ((isRoot || relative == ".") && LocalFiles.Roots.Any(root => Directory.Exists(Path.Combine(folder, root))))
            {
                return relative;
            }

            if (isRoot)
            {
                return null;
            }

            relative = relative == "." ? ".." : relative + "/..";
        }

        return null;
    }

    /// <summary>ILAB_TAXONOMY, else <c>taxonomy</c> in ILAB_ROOT, else <c>ilab/taxonomy</c> in the user's data directory.</summary>
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
