using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Jobs for the launcher of Oumi: read, checked and kept; run elsewhere.</summary>
internal static class JobAdvice
{
    public static void Job(CheckContext context)
    {
        var job = context.Section;
        foreach (var pair in job.Map("envs").Pairs)
        {
            if (pair.Key is string name && !IsVariable(name))
            {
                context.Problems.Warn(
                    pair.KeyPlace,
                    "key",
                    context.Key($"envs.{name}"),
                    "no name of an environment variable",
                    "use letters, digits and _, not beginning with a digit"
                );
            }
        }

        foreach (var pair in job.Map("storage_mounts").Pairs)
        {
            if (pair.Key is string path && job.Map("file_mounts").Find(path) is not null)
            {
                context.Problems.Warn(
                    pair.KeyPlace,
                    "conflict",
                    context.Key($"storage_mounts.{path}"),
                    "file_mounts has the same target",
                    "leave one of the two"
                );
            }
        }

        if (job.IsWritten("run") && string.IsNullOrWhiteSpace(job.Text("run")))
        {
            context.Warn("run", "the job does nothing", "write the commands after run: |", "empty");
        }

        if (job.Text("name") is { } title && (title.Length == 0 || title.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))))
        {
            context.Warn("name", $"\"{title}\" is no name that clusters take", "use letters, digits, - _ and .", "spelling");
        }
    }

    public static void Resources(CheckContext context)
    {
        var resources = context.Section;
        if (resources.Text("accelerators") is { } accelerators && !IsAccelerator(accelerators))
        {
            context.Warn("accelerators", $"\"{accelerators}\" names no device and number", "write NAME:COUNT, such as \"A100:8\"", "spelling");
        }

        foreach (var field in (string[])["cpus", "memory"])
        {
            if (resources.Text(field) is { } amount && !IsAmount(amount))
            {
                context.Warn(field, $"\"{amount}\" is no amount", "write a number, or a number and +", "spelling");
            }
        }

        if (string.IsNullOrWhiteSpace(resources.Text("cloud")) && resources.IsWritten("cloud"))
        {
            context.Warn("cloud", "an empty name", "name a cloud, or local", "empty");
        }
    }

    private static bool IsVariable(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool IsAccelerator(string text)
    {
        var parts = text.Split(':');
        return text.StartsWith('{')
            || (
                parts.Length <= 2
                && parts[0].Any(char.IsAsciiLetter)
                && parts[0].All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
                && (parts.Length == 1 || (PythonText.Number(parts[1]) is { } count && count > 0))
            );
    }

    private static bool IsAmount(string text) => PythonText.Number(text.TrimEnd('+', 'x')) is > 0;
}
