using Ilab.Configuration.Service;
using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Conf;

/// <summary>Reads settings from their sources in their order: defaults, files, environment; the later one wins.</summary>
/// <param name="locations">The files.</param>
/// <param name="environment">Variables by name.</param>
public sealed class SettingsReader(ConfLocations locations, Func<string, string?> environment)
{
    /// <summary>The settings of the client. Files are checked as a whole, but what only ilabd reads is not looked for.</summary>
    public SettingsReading ReadClient() => Read(ClientSettings.All, withService: false);

    /// <summary>The settings of client and service, the latter as a service would read them that is started now.</summary>
    public SettingsReading ReadAll() => Read(SettingTable.All, withService: true);

    private SettingsReading Read(IReadOnlyList<Setting> rows, bool withService)
    {
        var (sources, problems) = (new List<ConfSource>(), new List<ConfProblem>());
        var values = new Dictionary<string, SettingValue>();
        var reader = new ConfReader(SettingTable.All);
        foreach (var location in locations.All.Where(location => withService || !location.IsServiceFile))
        {
            var file = location.IsServiceFile ? Checked(ServiceFile.Read(location.Path)) : location.Read(reader);
            sources.Add(new ConfSource(location, file, Path.Exists(location.Path)));
            problems.AddRange(file.Problems);
            foreach (var entry in file.Entries)
            {
                var row = SettingTable.Find($"{entry.Section}.{entry.Name}")!;
                values[row.Key] = new SettingValue(row, entry.Values, location.Origin, $"{location.Path}:{entry.Line}");
            }
        }

        foreach (var row in rows)
        {
            if (environment(row.Variable) is { Length: > 0 } text)
            {
                values[row.Key] = FromVariable(row, text, problems);
            }
        }

        return new SettingsReading(
            [
                .. rows.Select(row =>
                    values.GetValueOrDefault(row.Key) ?? new SettingValue(row, row.Default.Length > 0 ? [row.Default] : [], SettingOrigin.Default, "")
                ),
            ],
            sources,
            problems
        );
    }

    private static SettingValue FromVariable(Setting row, string text, List<ConfProblem> problems)
    {
        text = row.IsSwitchVariable ? "true" : text;
        if (Complaint(row, text) is { } complaint)
        {
            problems.Add(new ConfProblem(row.Variable, 0, 0, complaint) { Section = row.Section });
        }

        return new SettingValue(row, row.Type.IsList ? Values.List(text) : [text], SettingOrigin.Environment, row.Variable);
    }

    private static ConfFile Checked(ConfFile file) =>
        file with
        {
            Problems =
            [
                .. file.Problems,
                .. file
                    .Entries.Select(entry => (Entry: entry, Complaint: Complaint(SettingTable.Find($"{entry.Section}.{entry.Name}")!, entry.Values[0])))
                    .Where(static found => found.Complaint is not null)
                    .Select(found => new ConfProblem(file.Path, found.Entry.Line, 0, found.Complaint!) { Section = found.Entry.Section }),
            ],
        };

    private static string? Complaint(Setting row, string text)
    {
        try
        {
            row.Type.Check(text);
            return null;
        }
        catch (FormatException exception)
        {
            return $"{row.Key}: {exception.Message}";
        }
    }
}
