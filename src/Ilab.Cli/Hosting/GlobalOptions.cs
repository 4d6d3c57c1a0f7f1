using System.CommandLine;
using Ilab.Cli.Options;

namespace Ilab.Cli.Hosting;

/// <summary>Options that every command takes.</summary>
public sealed class GlobalOptions
{
    public Option<string?> Url { get; } =
        Recursive(
            CommonOptions.Text(
                "--url",
                "Address of the service: unix:///path, ssh://[user@]host[:port][/path], tcp://host:port, https://host:port (ILAB_HOST)",
                "URL"
            )
        );

    public Option<string?> Connection { get; } =
        Recursive(new("--connection", "-c") { Description = "Named connection to use (ILAB_CONNECTION)", HelpName = "NAME" });

    public Option<string?> Identity { get; } = Recursive(CommonOptions.Text("--identity", "Private key file for ssh:// addresses", "FILE"));

    public Option<string?> TlsCa { get; } =
        Recursive(CommonOptions.Text("--tls-ca", "Certificate authority of the service at tcp:// and https:// addresses (ILAB_TLS_CA)", "FILE"));

    public Option<string?> TlsCert { get; } =
        Recursive(CommonOptions.Text("--tls-cert", "Client certificate for tcp:// and https:// addresses (ILAB_TLS_CERT)", "FILE"));

    public Option<string?> TlsKey { get; } = Recursive(CommonOptions.Text("--tls-key", "Key of the client certificate (ILAB_TLS_KEY)", "FILE"));

    public Option<string?> TokenFile { get; } =
        Recursive(CommonOptions.Text("--token-file", "File with a token for tcp:// and https:// addresses (ILAB_TOKEN_FILE)", "FILE"));

    public Option<bool> NoAutostart { get; } =
        new("--no-autostart") { Description = "Do not start the service when it is not running (ILAB_NO_AUTOSTART)", Recursive = true };

    public IEnumerable<Option> All => [Url, Connection, Identity, TlsCa, TlsCert, TlsKey, TokenFile, NoAutostart];

    private static Option<string?> Recursive(Option<string?> option)
    {
        option.Recursive = true;
        return option;
    }
}
