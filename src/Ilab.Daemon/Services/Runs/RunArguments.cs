using System.Globalization;
using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Daemon.Services.Runs;

/// <summary>What a run config says, as the command line of a verb; and what of it the verb does not do.</summary>
internal sealed class RunArguments(RunConfig config)
{
    private readonly List<(string Option, string Value)> _options = [];
    private readonly List<string> _warnings = [];
    private readonly List<string> _refusals = [];

    /// <summary>The argument that names the model; null when the config says none.</summary>
    public string? Model { get; set; }

    public IReadOnlyList<(string Option, string Value)> Options => _options;

    /// <summary>One line each, with the place in the file.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Why the config cannot be run as it is; one line each.</summary>
    public IReadOnlyList<string> Refusals => _refusals;

    public void Add(string option, object? value)
    {
        if (value is not null)
        {
            _options.Add((option, value is bool flag ? (flag ? "true" : "false") : string.Create(CultureInfo.InvariantCulture, $"{value}")));
        }
    }

    /// <summary>The value of a field under the name of an option; nothing when it is null.</summary>
    /// <param name="path">Such as <c>training.seed</c>.</param>
    public void AddField(string option, string path)
    {
        if (config.Root.At(path) is ConfigScalar { Value: { } value })
        {
            _options.Add((option, PythonText.Of(value)));
        }
    }

    public void Warn(string path, string message) => _warnings.Add(Line(path, message));

    public void Refuse(string path, string message) => _refusals.Add(Line(path, message));

    private string Line(string path, string message)
    {
        var place = Place(path);
        return place.Line > 0 ? $"{config.File}:{place.Line}:{place.Column}: {path}: {message}" : $"{config.File}: {path}: {message}";
    }

    private ConfigPlace Place(string path)
    {
        if (config.Root.At(path) is { Place.IsWritten: true } node)
        {
            return node.Place;
        }

        return config.Root.Class.Find(path.Split('.', '[')[0]) is { } field ? config.Root.KeyPlace(field.Name) : config.Root.Place;
    }
}
