using System.Text;

namespace Ilab.Cli.Chat.Repl;

internal static class SetCommand
{
    public static Task RunAsync(ReplState state, string arguments, CancellationToken cancellationToken)
    {
        // Ollama's forms: `/set parameter NAME VALUE` and `/set system TEXT`.
        string rest = arguments.StartsWith("parameter ", StringComparison.Ordinal) ? arguments["parameter ".Length..].TrimStart() : arguments;
        if (rest == "system" || rest.StartsWith("system ", StringComparison.Ordinal))
            return SystemCommand.RunAsync(state, rest["system".Length..].Trim(), cancellationToken);
        if (rest.Length == 0)
            return state.Console.SayAsync(Table(state.Session.Settings), cancellationToken);
        int end = rest.IndexOf(' ', StringComparison.Ordinal);
        string name = end < 0 ? rest : rest[..end];
        Setting setting =
            SettingTable.Find(name)
            ?? throw new FormatException($"unknown setting `{name}`; known settings: {string.Join(", ", SettingTable.All.Select(s => s.Name))}");
        if (end >= 0)
            Set(setting, state.Session.Settings, rest[(end + 1)..].Trim());
        return state.Console.SayAsync(Row(setting, state.Session.Settings), cancellationToken);
    }

    private static void Set(Setting setting, GenerationSettings settings, string value)
    {
        try
        {
            setting.Set(settings, value == "default" ? null : value);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{setting.Name}: {e.Message}");
        }
    }

    private static string Row(Setting setting, GenerationSettings settings) => $"{setting.Name} = {setting.Get(settings) ?? $"default ({setting.Default})"}";

    private static string Table(GenerationSettings settings)
    {
        var text = new StringBuilder();
        foreach (Setting setting in SettingTable.All)
            text.Append($"  {setting.Name, -18} {setting.Get(settings) ?? setting.Default, -18} {setting.Help}\n");
        return text.ToString().TrimEnd('\n');
    }
}
