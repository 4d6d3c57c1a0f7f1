using System.CommandLine;
using Ilab.Cli.Options;

namespace Ilab.Cli.Hosting;

/// <summary>Options that every command takes.</summary>
public sealed class GlobalOptions
{
    public Option<string?> Url { get; } =
        Recursive(CommonOptions.Text("--url", "Address of the service: unix:///path, ssh://[user@]host[:port][/path], tcp://host:port (ILAB_HOST)", "URL"));

    public Option<string?> Connection { get; } =
        Recursive(new("--connection", "-c") { Description = "Named connection to use (ILAB_CONNECTION)", HelpName = "NAME" });

    public Option<string?> Identity { get; } = Recursive(CommonOptions.Text("--identity", "Private key file for ssh:// addresses", "FILE"));

    public Option<bool> NoAutostart { get; } =
        new("--no-autostart") { Description = "Do not start the service when it is not running (ILAB_NO_AUTOSTART)", Recursive = true };

    public IEnumerable<Option> All => [Url, Connection, Identity, NoAutostart];

    private static Option<string?> Recursive(Option<string?> option)
    {
        option.Recursive = true;
        return option;
    }
}
