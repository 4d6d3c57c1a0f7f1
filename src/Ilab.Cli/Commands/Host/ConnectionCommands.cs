using System.CommandLine;
using Ilab.Api.Paths;
using Ilab.Api.V1;
using Ilab.Cli.Commands.Models;
using Ilab.Cli.Hosting;
using Ilab.Cli.Output;
using Ilab.Client.Connections;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Host;

/// <summary>`system connection`: services by name, kept on the client's side.</summary>
internal static class ConnectionCommands
{
    public static Command Create(Session session)
    {
        var command = new Command("connection", "Named connections to services\n\nExamples:\n  ilab system connection add --default gpu ssh://ann@gpu-server\n  ilab system connection ls");
        command.Subcommands.Add(Add(session));
        command.Subcommands.Add(List(session));
        command.Subcommands.Add(Default(session));
        command.Subcommands.Add(Remove(session));
        command.Subcommands.Add(Rename(session));
        return command;
    }

    private static ConnectionsFile File(Session session) => new(RuntimePaths.ForUser(session.Environment).ConfigDirectory);

    private static Command Add(Session session)
    {
        var name = new Argument<string>("NAME");
        var url = new Argument<string>("URL") { Description = "unix:///path, ssh://[user@]host[:port][/path], tcp://host:port" };
        var isDefault = new Option<bool>("--default") { Description = "Use it when nothing else is said" };
        var command = new Command("add", "Add a connection") { name, url, isDefault };
        command.SetAction((line, _) =>
        {
            var address = line.GetRequiredValue(url);
            Endpoint.Parse(address);
            var list = File(session).Read();
            var wanted = line.GetRequiredValue(name);
            File(session).Write(new ConnectionList(
                [.. list.Connections.Where(known => known.Name != wanted), new NamedConnection(wanted, address, line.GetValue(session.Globals.Identity))],
                line.GetValue(isDefault) || list.Connections.Count == 0 ? wanted : list.Default));
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command List(Session session)
    {
        var output = new ListOutput();
        var command = new Command("ls", "List connections") { Aliases = { "list" } };
        output.AddTo(command);
        command.SetAction(async (line, _) =>
        {
            var list = File(session).Read();
            Column[] columns = [new("NAME", static row => ModelData.Text(row, "Name")), new("URL", static row => ModelData.Text(row, "Url")), new("DEFAULT", static row => row.TryGet("Default", out var value) && value is true ? "true" : "")];
            await output.WriteAsync(session, line, [.. list.Connections.Select(known => new Data().Add("Name", known.Name).Add("Url", known.Url).Add("Identity", known.Identity).Add("Default", known.Name == list.Default))], columns, static row => ModelData.Text(row, "Name"));
            return 0;
        });
        return command;
    }

    private static Command Default(Session session)
    {
        var name = new Argument<string>("NAME");
        var command = new Command("default", "Choose the default connection") { name };
        command.SetAction((line, _) =>
        {
            var list = File(session).Read();
            File(session).Write(list with { Default = Known(list, line.GetRequiredValue(name)).Name });
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command Remove(Session session)
    {
        var name = new Argument<string>("NAME");
        var command = new Command("rm", "Remove a connection") { name };
        command.SetAction(async (line, _) =>
        {
            var list = File(session).Read();
            var gone = Known(list, line.GetRequiredValue(name));
            File(session).Write(new ConnectionList([.. list.Connections.Where(known => known.Name != gone.Name)], list.Default == gone.Name ? null : list.Default));
            await session.Out.WriteLineAsync(gone.Name);
            return 0;
        });
        return command;
    }

    private static Command Rename(Session session)
    {
        var name = new Argument<string>("OLD");
        var target = new Argument<string>("NEW");
        var command = new Command("rename", "Rename a connection") { name, target };
        command.SetAction((line, _) =>
        {
            var list = File(session).Read();
            var known = Known(list, line.GetRequiredValue(name));
            var wanted = line.GetRequiredValue(target);
            File(session).Write(new ConnectionList([.. list.Connections.Select(entry => entry.Name == known.Name ? entry with { Name = wanted } : entry)], list.Default == known.Name ? wanted : list.Default));
            return Task.FromResult(0);
        });
        return command;
    }

    private static NamedConnection Known(ConnectionList list, string name) =>
        list.Connections.FirstOrDefault(known => known.Name == name) ?? throw new IlabException(ErrorKind.NotFound, $"no connection {name}", "'ilab system connection ls' shows what there is");
}
