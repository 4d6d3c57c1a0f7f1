using System.CommandLine;
using System.Text;
using Ilab.Api.V1;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Client.Errors;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;

namespace Ilab.Cli.Commands.Config;

/// <summary>`config rm`: takes a key out of ilab.conf, or removes the file.</summary>
internal static class ConfigRemoveCommand
{
    private const string Help = """
        Remove a setting, or the file of settings

        With KEY the lines of that key go and everything else, comments included, stays. Without KEY the file itself is removed, after a confirmation.
        Files in ilab.conf.d and /etc stay.

        Examples:
          ilab config rm generation.temperature
          ilab config rm --force
        """;

    public static Command Create(Session session)
    {
        var key = new Argument<string?>("KEY") { Description = "Key, such as generation.temperature", Arity = ArgumentArity.ZeroOrOne };
        var force = CommonOptions.Force("Do not ask before the file is removed");
        var command = new Command("rm", Help) { key, force };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var locations = ConfLocations.Of(session.Environment);
                if (line.GetValue(key) is { } name)
                {
                    await RemoveKeyAsync(session, locations, name, cancellationToken);
                    return 0;
                }

                var path = locations.UserFile;
                if (!Path.Exists(path))
                {
                    throw new IlabException(ErrorKind.NotFound, $"there is no {path}", "'ilab config ls' shows which files are read");
                }

                if (!line.GetValue(force) && !await Confirm.AskAsync(session, $"This removes {path}.", "--force", cancellationToken))
                {
                    return 1;
                }

                var keys = new ConfReader(SettingTable.All).Read(path).Entries.Select(static entry => $"{entry.Section}.{entry.Name}").ToList();
                Remove(path);
                await session.Out.WriteLineAsync(path);
                Overrides.Say(session, keys);
                return 0;
            }
        );
        return command;
    }

    private static async Task RemoveKeyAsync(Session session, ConfLocations locations, string name, CancellationToken cancellationToken)
    {
        if (SettingTable.Find(name) is null)
        {
            throw ConfigShowCommand.Unknown(name);
        }

        var path = locations.UserFile;
        var file = new ConfReader(SettingTable.All).Read(path);
        if (file.Problems is [var problem, ..])
        {
            throw new IlabException(ErrorKind.InvalidArgument, problem.ToString(), problem.Fix.Length > 0 ? "" : "'ilab config edit' opens the file");
        }

        if (!file.Entries.Any(entry => $"{entry.Section}.{entry.Name}" == name))
        {
            var value = new SettingsReader(locations, session.Environment).ReadAll()[name];
            throw new IlabException(
                ErrorKind.NotFound,
                $"{path} does not set {name}",
                value.IsDefault ? "it has its default" : $"its value comes from {value.Source}"
            );
        }

        var text = Encoding.UTF8.GetString(await InputFile.ReadAsync(path, cancellationToken));
        var made =
            ConfEdit.Remove(text, file, name)
            ?? throw new IlabException(ErrorKind.Unsupported, $"{path}: {name} shares its line with other keys", "remove it with 'ilab config edit'");
        await OutputFile.WriteAsync(path, replace: true, Encoding.UTF8.GetBytes(made), cancellationToken);
        await session.Out.WriteLineAsync(name);
        Overrides.Say(session, [name]);
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(path, FileUse.Write, exception);
        }
    }
}
