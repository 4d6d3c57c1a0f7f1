using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Conf;

/// <summary>The settings of the client: where the service is, and the defaults of its options.</summary>
public static class ClientSettings
{
    private const string Connection = "connection",
        Model = "model",
        Generation = "generation",
        Output = "output";

    private static readonly string[] Talks = ["model run", "model chat"];
    private static readonly string[] Generators = ["model run", "model chat", "model inference"];
    private static readonly string[] Placers = ["model run", "model chat", "model inference", "model serve", "model load"];
    private static readonly string[] Lists = ["model ls", "model ps", "data ls", "job ls", "secret ls", "token ls"];

    public static IReadOnlyList<Setting> All { get; } =
    [
        new(
            Connection,
            "url",
            SettingType.Text,
            "",
            "Address of the service: unix:///path, ssh://[user@]host[:port][/path], tcp://host:port, https://host:port"
        )
        {
            Variable = "ILAB_HOST",
            DefaultInWords = "this user's service, else the machine's",
        },
        new(Connection, "connection", SettingType.Text, "", "Named connection to use; 'ilab system connection ls' lists them") { Variable = "ILAB_CONNECTION" },
        new(Connection, "identity", SettingType.Path, "", "Private key file for an ssh:// url"),
        new(Connection, "tls-ca", SettingType.Path, "", "Certificate authority of the service at a tcp:// or https:// url")
        {
            Variable = "ILAB_TLS_CA",
            DefaultInWords = "the system's",
        },
        new(Connection, "tls-cert", SettingType.Path, "", "Client certificate for a tcp:// or https:// url") { Variable = "ILAB_TLS_CERT" },
        new(Connection, "tls-key", SettingType.Path, "", "Key of the client certificate") { Variable = "ILAB_TLS_KEY" },
        new(Connection, "token-file", SettingType.Path, "", "File with a token for a tcp:// or https:// url") { Variable = "ILAB_TOKEN_FILE" },
        new(Connection, "no-autostart", SettingType.Flag, "false", "Do not start the service when it is not running")
        {
            Variable = "ILAB_NO_AUTOSTART",
            IsSwitchVariable = true,
        },
        new(Model, "default", SettingType.Text, "", "Model of commands that are given none")
        {
            Variable = "ILAB_MODEL",
            Uses =
            [
                new("model run", "MODEL"),
                new("model chat", "MODEL", "--load"),
                new("model inference", "--model-name", "--checkpoint", "--input", "--job"),
                new("model train", "BASE"),
                new("model serve", "MODEL"),
                new("model load", "MODEL"),
            ],
        },
        Of(Generation, "system", SettingType.Text, "", "System prompt", Talks) with
        {
            DefaultInWords = "the model's",
        },
        Of(Generation, "temperature", SettingType.Real(0, 100), "1", "Sampling temperature; 0 = greedy, higher = more random", Generators),
        Of(Generation, "top-k", SettingType.Integer(0, int.MaxValue, "tokens"), "40", "Sample from the K most likely tokens; 0 = off", Talks),
        Of(Generation, "top-p", SettingType.Real(0, 1), "0.95", "Sample from the most likely tokens with this total probability; 1 = off", Talks),
        Of(Generation, "min-p", SettingType.Real(0, 1), "0.05", "Minimum probability of a token, relative to the most likely one; 0 = off", Talks),
        Of(Generation, "repeat-penalty", SettingType.Real(0.01, 100), "1", "Penalty for repeated tokens; 1 = off", Talks),
        Of(Generation, "seed", SettingType.Integer(0, ulong.MaxValue), "", "Random seed for sampling", Generators) with
        {
            DefaultInWords = "random",
        },
        Of(Generation, "max-length", SettingType.Integer(0, int.MaxValue, "tokens"), "", "Maximum tokens to generate; 0 = unlimited", Generators) with
        {
            DefaultInWords = "0; 100 for 'model inference'",
        },
        Of(Generation, "stop", SettingType.List, "", "Stop sequences", Talks) with
        {
            DefaultInWords = "none",
        },
        Of(Generation, "keep-alive", SettingType.Duration, "", "How long the model stays loaded when idle", Generators) with
        {
            DefaultInWords = "set by the service",
        },
        Of(
            Generation,
            "ctx",
            SettingType.Integer(0, int.MaxValue, "tokens"),
            "0",
            "Context size when the model is loaded; 0 = automatic",
            "model run",
            "model chat",
            "model serve",
            "model load"
        ),
        Of(Generation, "device", SettingType.Device, "", "Device to load the model on", Placers) with
        {
            DefaultInWords = "set by the service",
        },
        Of(
            Generation,
            "gpu-layers",
            SettingType.Or("all", SettingType.Or("auto", SettingType.Integer(1, int.MaxValue, "layers"))),
            "all",
            "Layers to put on the GPU, the rest stay on the CPU; auto = as many as fit",
            Placers
        ),
        .. TrainingSettings.All,
        Of(Output, "format", SettingType.Choice("table", "json"), "table", "Output of commands that list something", Lists) with
        {
            Uses = [.. Lists.Select(static verb => new SettingUse(verb, "--format", "--quiet"))],
        },
    ];

    /// <summary>A setting that is the default of the option of the same name.</summary>
    internal static Setting Of(string section, string name, SettingType type, string usual, string meaning, params string[] verbs) =>
        new(section, name, type, usual, meaning) { Uses = [.. verbs.Select(verb => new SettingUse(verb, "--" + name))] };
}
