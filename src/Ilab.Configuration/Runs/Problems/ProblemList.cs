namespace Ilab.Configuration.Runs.Problems;

/// <summary>Collects the problems of one config, up to a bound.</summary>
/// <param name="file">The file as the caller named it.</param>
/// <param name="arguments">The overrides, in their order.</param>
public sealed class ProblemList(string file, IReadOnlyList<string>? arguments = null)
{
    private const int Most = 1000;
    private readonly List<ConfigProblem> _problems = [];
    private readonly HashSet<(int, int, string, string, string)> _seen = [];

    public string File => file;

    public bool HasErrors { get; private set; }

    /// <summary>Whether no more are kept: what would only explain another one need not be found out.</summary>
    public bool IsFull => _problems.Count >= Most;

    /// <summary>Of who waits for the problems: whatever looks for them stops when nobody does.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>In the order of the file; overrides last.</summary>
    public IReadOnlyList<ConfigProblem> Sorted =>
        [.. _problems.OrderBy(static problem => problem.Line == 0).ThenBy(static problem => problem.Line).ThenBy(static problem => problem.Column)];

    public void Error(ConfigPlace place, string rule, string key, string message, string fix = "", string suggestion = "") =>
        Add(place, ProblemLevel.Error, rule, key, message, fix, suggestion);

    public void Warn(ConfigPlace place, string rule, string key, string message, string fix = "", string suggestion = "") =>
        Add(place, ProblemLevel.Warning, rule, key, message, fix, suggestion);

    public void Note(ConfigPlace place, string rule, string key, string message, string fix = "", string suggestion = "") =>
        Add(place, ProblemLevel.Note, rule, key, message, fix, suggestion);

    public void Add(ConfigPlace place, ProblemLevel level, string rule, string key, string message, string fix, string suggestion)
    {
        HasErrors |= level == ProblemLevel.Error;
        if (IsFull || !_seen.Add((place.Line, place.Column, rule, key, message)))
        {
            return;
        }

        var argument = place.Argument > 0 && arguments is not null ? arguments[place.Argument - 1] : null;
        _problems.Add(
            new ConfigProblem(argument ?? file, argument is null ? place.Line : 0, place.Column, level, rule, key, message, fix) { Suggestion = suggestion }
        );
    }
}
