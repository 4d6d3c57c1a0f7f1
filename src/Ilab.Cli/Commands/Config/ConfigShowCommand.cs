using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Client.Errors;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;

namespace Ilab.Cli.Commands.Config;

/// <summary>`config show`: every setting with its value and where it comes from.</summary>
internal static class ConfigShowCommand
{
    private const string Help = """
        Show settings and where they come from

        ORIGIN is default, etc (a file in /etc/ilab), file (ilab.conf), drop-in (ilab.conf.d), environment or flag. The settings of the section service
        are those of a service that is started now: one that runs keeps what it was started with.

        Examples:
          ilab config show
          ilab config show --changed
          ilab config show generation.temperature --format '{{.Value}}'
          ilab config show training --format json
        """;

    public static Command Create(Session session)
    {
        var output = new ListOutput();
        var keys = new Argument<string[]>("KEY")
        {
            Description = "Keys, such as generation.temperature, or sections [default: all]",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var changed = new Option<bool>("--changed") { Description = "Show only settings that are not left at their defaults" };
        var command = new Command("show", Help) { keys, changed };
        output.AddTo(command);
        command.SetAction(
            async (line, _) =>
            {
                var names = line.GetValue(keys) ?? [];
                foreach (var name in names.Where(static name => !SettingTable.Matching(name).Any()))
                {
                    throw Unknown(name);
                }

                var reading = new SettingsReader(ConfLocations.Of(session.Environment), session.Environment).ReadAll();
                var shown = reading
                    .Values.Select(value => GlobalFlags.Over(session, line, value))
                    .Where(value => names.Length == 0 || names.Contains(value.Setting.Key) || names.Contains(value.Setting.Section))
                    .Where(value => !line.GetValue(changed) || !value.IsDefault);
                Column[] columns =
                [
                    new("KEY", static row => row.Text("Key")),
                    new("VALUE", static row => Shown(row)),
                    new("ORIGIN", static row => row.Text("Origin")),
                    new("SOURCE", static row => row.Text("Source")),
                ];
                await output.WriteAsync(session, line, [.. shown.Select(DataOf)], columns, static row => row.Text("Key"));
                foreach (var problem in reading.Problems)
                {
                    await session.SayAsync($"{(problem.IsWarning ? "Warning" : "Error")}: {problem}");
                }

                return reading.Problems.All(static problem => problem.IsWarning) ? 0 : 1;
            }
        );
        return command;
    }

    /// <summary>The error for a key that is not in the table.</summary>
    public static IlabException Unknown(string name) =>
        new(
            ErrorKind.InvalidArgument,
            $"there is no setting \"{name}\"",
            SettingTable.Suggest(name) is { } meant ? $"did you mean {meant}?" : "'ilab config show' lists them"
        );

    /// <summary>How an origin is called in output and documentation.</summary>
    public static string NameOf(SettingOrigin origin) => origin == SettingOrigin.DropIn ? "drop-in" : origin.ToString().ToLowerInvariant();

    private static Data DataOf(SettingValue value) =>
        new Data()
            .Add("Key", value.Setting.Key)
            .Add("Value", value.Text)
            .Add("Origin", NameOf(value.Origin))
            .Add("Source", value.Source)
            .Add("Default", value.Setting.Default)
            .Add("DefaultInWords", value.Setting.DefaultInWords)
            .Add("Type", value.Setting.Type.Name)
            .Add("Range", value.Setting.Type.Range)
            .Add("Unit", value.Setting.Type.Unit)
            .Add("Variable", value.Setting.Variable)
            .Add("Reader", value.Setting.Reader == SettingReader.Service ? "service" : "client")
            .Add("Meaning", value.Setting.Meaning);

    /// <summary>A value, or the default in words in parentheses.</summary>
    private static string Shown(Data row)
    {
        var (value, words) = (row.Text("Value"), row.Text("DefaultInWords"));
        return value.Length > 0 ? value.ReplaceLineEndings("\\n")
            : words.Length > 0 ? $"({words})"
            : "-";
    }
}
