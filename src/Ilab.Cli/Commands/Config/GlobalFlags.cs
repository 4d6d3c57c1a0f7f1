using System.CommandLine;
using Ilab.Cli.Hosting;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;

namespace Ilab.Cli.Commands.Config;

/// <summary>The options of every command as values of settings.</summary>
internal static class GlobalFlags
{
    /// <summary>The value of an option of this command line, if it has one; else the value as it is.</summary>
    public static SettingValue Over(Session session, ParseResult line, SettingValue value)
    {
        var option = value.Setting.Section == "connection" ? session.Globals.All.FirstOrDefault(option => option.Name == $"--{value.Setting.Name}") : null;
        return option is not null && line.GetResult(option) is { Implicit: false } given
            ? new SettingValue(value.Setting, [given.Tokens.Count > 0 ? given.Tokens[^1].Value : "true"], SettingOrigin.Flag, option.Name)
            : value;
    }
}
