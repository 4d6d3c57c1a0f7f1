using System.Text.RegularExpressions;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Execution;

/// <summary>Work ids: <c>job.step</c>. Usable as a directory name, a label, or the name of a cluster object.</summary>
public static partial class WorkIds
{
    public static string Of(string job, string step) => $"{job}.{step}";

    public static bool Fits(string id) => Shape().IsMatch(id);

    /// <exception cref="EngineException">INVALID_ARGUMENT: it is no id.</exception>
    public static (string Job, string Step) Split(string id) =>
        Shape().Match(id) is { Success: true } match
            ? (match.Groups[1].Value, match.Groups[2].Value)
            : throw new EngineException(
                ErrorKind.InvalidArgument,
                $"'{id}' is not a valid work id",
                "job and step consist of lower-case letters and digits, separated by a dot"
            );

    public static EngineException NotFound(string id) => new(ErrorKind.NotFound, $"no such work: {id}");

    [GeneratedRegex(@"\A([a-z0-9]{1,64})\.([a-z0-9]{1,32})\z")]
    private static partial Regex Shape();
}
