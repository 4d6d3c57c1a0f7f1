using Ilab.Client.Connections;
using Ilab.Configuration.Conf;
using Ilab.Configuration.Settings;

namespace Ilab.Cli.Hosting;

/// <summary>
/// The section <c>connection</c> of the files of settings: the address of the last file that names one, with what that file and later ones say of it. So a
/// key or token that was meant for the machine's service never goes to the user's.
/// </summary>
internal static class ConfiguredConnection
{
    public const string Section = "connection";

    public static ConnectionOptions Of(SettingsReading settings)
    {
        var (url, connection) = (Rank("url"), Rank("connection"));
        var named = Math.Max(url, connection);
        return new ConnectionOptions(
            url == named ? Text("url") : null,
            connection == named ? Text("connection") : null,
            Text("identity"),
            Value("no-autostart") is { } flag && SettingType.Boolean(flag.Text)
        )
        {
            Security = new ConnectionSecurity(Text("tls-ca"), Text("tls-cert"), Text("tls-key"), Text("token-file")),
        };

        string? Text(string name) => Rank(name) >= named ? Value(name)?.Text : null;

        int Rank(string name) =>
            Value(name) is { } value
                ? settings.Sources.Select(static source => source.Location.Path).ToList().IndexOf(value.Source[..value.Source.LastIndexOf(':')])
                : -1;

        // Variables have their own rank, so only files count.
        SettingValue? Value(string name) =>
            settings[$"{Section}.{name}"] is { Origin: not (SettingOrigin.Default or SettingOrigin.Environment) } value ? value : null;
    }
}
