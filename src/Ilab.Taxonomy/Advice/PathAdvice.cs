namespace Ilab.Taxonomy.Advice;

/// <summary>Conventions about folders. Nothing fails for them: warnings.</summary>
internal static class PathAdvice
{
    private const string Foundational = "foundational_skills";

    /// <param name="path">From the root folder of the taxonomy on; empty = not below one.</param>
    public static void Check(IReadOnlyList<string> path, string fullPath, FindingList findings)
    {
        if (path.Count == 0)
        {
            if (fullPath.Length > 0 && !fullPath.Split('/').Contains(Foundational))
            {
                findings.Warn(
                    default,
                    "path:outside",
                    "",
                    "the file lies neither below knowledge nor below compositional_skills",
                    "no data is generated from it there; move it"
                );
            }

            return;
        }

        if (path.Count < 4)
        {
            findings.Warn(
                default,
                "path:depth",
                "",
                $"the file lies directly in {string.Join('/', path.Take(path.Count - 1))}",
                "give it a folder of its own below its subject"
            );
        }

        for (var index = 1; index < path.Count - 1; index++)
        {
            if (path[index].Any(static c => char.IsWhiteSpace(c)))
            {
                findings.Warn(
                    default,
                    "path:name",
                    "",
                    $"the folder \"{path[index]}\" has a blank in its name",
                    $"name it {string.Join('_', path[index].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}"
                );
            }
        }
    }
}
