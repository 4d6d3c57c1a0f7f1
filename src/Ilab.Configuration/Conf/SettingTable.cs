using Ilab.Configuration.Runs.Problems;
using Ilab.Configuration.Service;
using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Conf;

/// <summary>Every setting of ilab and ilabd, in the order of documentation.</summary>
public static class SettingTable
{
    public static IReadOnlyList<Setting> All { get; } = [.. ClientSettings.All, .. ServiceSettings.All];

    /// <summary>What the sections are about, in their order.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Sections { get; } =
    [
        ("connection", "Which service commands talk to"),
        ("model", "Models of commands that are given none"),
        ("generation", "Defaults of 'model run', 'model chat' and 'model inference'"),
        ("training", "Defaults of 'model train'"),
        ("output", "How results are printed"),
        (ServiceSetting.SectionName, "Settings of ilabd; a service that runs keeps what it was started with"),
    ];

    /// <summary>The row of a key such as <c>generation.temperature</c>; null = there is none.</summary>
    public static Setting? Find(string key) => All.FirstOrDefault(setting => setting.Key == key);

    /// <summary>The rows of a section or the row of a key.</summary>
    public static IEnumerable<Setting> Matching(string name) => All.Where(setting => setting.Key == name || setting.Section == name);

    /// <summary>What else a name could have meant; null = nothing is close.</summary>
    public static string? Suggest(string name) =>
        All.FirstOrDefault(setting => setting.Name == name)?.Key
        ?? Spelling.Nearest(name, All.Select(static setting => setting.Key).Concat(Sections.Select(static section => section.Name)));
}
