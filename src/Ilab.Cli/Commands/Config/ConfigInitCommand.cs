using System.CommandLine;
using System.Text;
using Ilab.Cli.Files;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;

namespace Ilab.Cli.Commands.Config;

/// <summary>`config init`: makes ilab.conf, and does nothing else.</summary>
internal static class ConfigInitCommand
{
    private const string Help = """
        Make a file of settings

        Writes ilab.conf with every setting and its default, commented out, and prints its path. Nothing is downloaded or started. A file that exists
        stays as it is, unless --force is given.

        Examples:
          ilab config init
          ilab config init --force
        """;

    public static Command Create(Session session)
    {
        var force = CommonOptions.Force("Replace an existing file");
        var command = new Command("init", Help) { force };
        command.SetAction(
            async (line, cancellationToken) =>
            {
                var path = ConfLocations.Of(session.Environment).UserFile;
                if (!line.GetValue(force) && Path.Exists(path) && !Directory.Exists(path))
                {
                    await session.SayAsync($"{path} exists already and stays as it is; --force replaces it");
                    return 0;
                }

                OutputFile.CreateDirectory(Path.GetDirectoryName(path)!);
                await OutputFile.WriteAsync(path, replace: true, Encoding.UTF8.GetBytes(ConfTemplate.Write()), cancellationToken);
                await session.Out.WriteLineAsync(path);
                return 0;
            }
        );
        return command;
    }
}
