using System.CommandLine;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;

namespace Ilab.Cli.Commands.Config;

/// <summary>`config ls`: the files of settings, in their order.</summary>
internal static class ConfigListCommand
{
    private const string Help = """
        List the files that settings are read from

        In the order in which they are read: a later file takes precedence. STATE is read, missing, or invalid; what is wrong with an invalid file is
        said below.

        Examples:
          ilab config ls
          ilab config ls --format '{{.Path}}'
        """;

    public static Command Create(Session session)
    {
        var output = new ListOutput();
        var command = new Command("ls", Help);
        output.AddTo(command);
        command.SetAction(
            async (line, _) =>
            {
                var reading = new SettingsReader(ConfLocations.Of(session.Environment), session.Environment).ReadAll();
                Column[] columns =
                [
                    new("PATH", static row => row.Text("Path")),
                    new("ORIGIN", static row => row.Text("Origin")),
                    new("STATE", static row => row.Text("State")),
                    new("SETTINGS", static row => row.Number("Settings").ToString(System.Globalization.CultureInfo.InvariantCulture)),
                ];
                await output.WriteAsync(session, line, [.. reading.Sources.Select(DataOf)], columns, static row => row.Text("Path"));
                foreach (var problem in reading.Problems)
                {
                    await session.SayAsync($"{(problem.IsWarning ? "Warning" : "Error")}: {problem}");
                }

                return reading.Problems.All(static problem => problem.IsWarning) ? 0 : 1;
            }
        );
        return command;
    }

    private static Data DataOf(ConfSource source) =>
        new Data()
            .Add("Path", source.Location.Path)
            .Add("Origin", ConfigShowCommand.NameOf(source.Location.Origin))
            .Add(
                "State",
                source.File.Problems.Count > 0 ? "invalid"
                    : source.Exists ? "read"
                    : "missing"
            )
            .Add("Exists", source.Exists)
            .Add("Settings", (ulong)source.File.Entries.Count)
            .Add("Problems", source.File.Problems.Select(static problem => problem.ToString()).ToList());
}
