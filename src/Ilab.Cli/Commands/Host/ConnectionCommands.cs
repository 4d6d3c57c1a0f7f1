using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;
using Ilab.Cli.Output;
using Ilab.Client.Connections;
using Ilab.Client.Errors;
using Ilab.Configuration.Paths;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system connection`: named service addresses, stored by the client.</summary>
internal static class ConnectionCommands
{
    public static Command Create(Session session)
    {
        var command = new Command(
            "connection",
            "Manage named connections to services\n\nExamples:\n  ilab system connection add --default gpu ssh://ann@gpu-server\n  ilab system connection ls"
        );
        command.Subcommands.Add(Add(session));
        var list = List(session);
        list.Aliases.Add("list");
        command.Subcommands.Add(list);
        command.Subcommands.Add(Default(session));
        command.Subcommands.Add(Remove(session));
        command.Subcommands.Add(Rename(session));
        return command;
    }

    private static ConnectionsFile File(Session session) => new(RuntimePaths.ForUser(session.Environment).ConfigDirectory);

    private static Command Add(Session session)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the connection" };
        var url = new Argument<string>("URL") { Description = "unix:///path, ssh://[user@]host[:port][/path], tcp://host:port or https://host:port" };
        var isDefault = new Option<bool>("--default") { Description = "Make it the default connection" };
        var replace = CommonOptions.Replace("connection");
        var command = new Command(
            "add",
            "Add a connection\n\nThe first connection becomes the default. "
                + "--identity, --tls-ca, --tls-cert, --tls-key and --token-file are stored with it.\n\nExamples:\n"
                + "  ilab system connection add gpu ssh://ann@gpu-server --identity ~/.ssh/gpu\n"
                + "  ilab system connection add lab https://lab.example.org:8001 --tls-ca ~/lab-ca.pem --token-file ~/.lab-token"
        )
        {
            name,
            url,
            isDefault,
            replace,
        };
        command.SetAction(
            (line, _) =>
            {
                var address = line.GetRequiredValue(url);
                Endpoint.Parse(address);
                var list = File(session).Read();
                var wanted = line.GetRequiredValue(name);
                if (list.Connections.Any(known => known.Name == wanted) && !line.GetValue(replace))
                {
                    throw new IlabException(
                        ErrorKind.AlreadyExists,
                        $"a connection named {wanted} already exists",
                        "replace it with --replace, or choose another name"
                    );
                }

                var isChosen = line.GetValue(isDefault) || list.Connections.Count == 0;
                File(session)
                    .Write(
                        new ConnectionList(
                            [
                                .. list.Connections.Where(known => known.Name != wanted),
                                new NamedConnection(wanted, address, line.GetValue(session.Globals.Identity))
                                {
                                    Security = Absolute(session.Connection.Security),
                                },
                            ],
                            isChosen ? wanted : list.Default
                        )
                    );
                if (isChosen)
                {
                    Overrides.SayOfDefaultConnection(session);
                }

                return Task.FromResult(0);
            }
        );
        return command;
    }

    private static Command List(Session session)
    {
        var output = new ListOutput();
        var command = new Command("ls", "List connections");
        output.AddTo(command);
        command.SetAction(
            async (line, _) =>
            {
                var list = File(session).Read();
                Column[] columns =
                [
                    new("NAME", static row => row.Text("Name")),
                    new("URL", static row => row.Text("Url")),
                    new("DEFAULT", static row => row.Flag("Default") ? "true" : ""),
                ];
                await output.WriteAsync(
                    session,
                    line,
                    [
                        .. list.Connections.Select(known =>
                            new Data()
                                .Add("Name", known.Name)
                                .Add("Url", known.Url)
                                .Add("Identity", known.Identity)
                                .Add("TokenFile", known.Security.TokenFile)
                                .Add("TlsCa", known.Security.Authorities)
                                .Add("TlsCert", known.Security.Certificate)
                                .Add("Default", known.Name == list.Default)
                        ),
                    ],
                    columns,
                    static row => row.Text("Name")
                );
                return 0;
            }
        );
        return command;
    }

    private static Command Default(Session session)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the connection" };
        var command = new Command("default", "Set the default connection") { name };
        command.SetAction(
            (line, _) =>
            {
                var list = File(session).Read();
                File(session).Write(list with { Default = Known(list, line.GetRequiredValue(name)).Name });
                Overrides.SayOfDefaultConnection(session);
                return Task.FromResult(0);
            }
        );
        return command;
    }

    private static Command Remove(Session session)
    {
        var name = new Argument<string>("NAME") { Description = "Name of the connection" };
        var command = new Command("rm", "Remove a connection") { name };
        command.SetAction(
            async (line, _) =>
            {
                var list = File(session).Read();
                var gone = Known(list, line.GetRequiredValue(name));
                File(session)
                    .Write(new ConnectionList([.. list.Connections.Where(known => known.Name != gone.Name)], list.Default == gone.Name ? null : list.Default));
                await session.Out.WriteLineAsync(gone.Name);
                return 0;
            }
        );
        return command;
    }

    private static Command Rename(Session session)
    {
        var name = new Argument<string>("OLD") { Description = "Current name" };
        var target = new Argument<string>("NEW") { Description = "New name" };
        var command = new Command("rename", "Rename a connection") { name, target };
        command.SetAction(
            (line, _) =>
            {
                var list = File(session).Read();
                var known = Known(list, line.GetRequiredValue(name));
                var wanted = line.GetRequiredValue(target);
                if (list.Connections.Any(entry => entry.Name == wanted))
                {
                    throw new IlabException(ErrorKind.AlreadyExists, $"a connection named {wanted} already exists", "choose another name");
                }

                File(session)
                    .Write(
                        new ConnectionList(
                            [.. list.Connections.Select(entry => entry.Name == known.Name ? entry with { Name = wanted } : entry)],
                            list.Default == known.Name ? wanted : list.Default
                        )
                    );
                return Task.FromResult(0);
            }
        );
        return command;
    }

    /// <summary>Whatever the folder is from which the connection is used.</summary>
    private static ConnectionSecurity Absolute(ConnectionSecurity given)
    {
        return new ConnectionSecurity(Full(given.Authorities), Full(given.Certificate), Full(given.Key), Full(given.TokenFile));

        static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);
    }

    private static NamedConnection Known(ConnectionList list, string name) =>
        list.Connections.FirstOrDefault(known => known.Name == name)
        ?? throw new IlabException(ErrorKind.NotFound, $"no connection named {name}", "'ilab system connection ls' lists them");
}
