using Ilab.Configuration.Paths;

namespace Ilab.Configuration.Service;

/// <summary>What reading the options came to: options, or all problems at once, or a text to print.</summary>
public sealed record OptionsResult(ServiceOptions? Options, IReadOnlyList<string> Problems, string? Print);

/// <summary>Reads the sources in their order: defaults, file, environment, command line; the later one wins.</summary>
public sealed class OptionsReader(Func<string, string?> environment, string version)
{
    private const string SystemFile = "/etc/ilab/ilabd.conf";

    private readonly Dictionary<string, (string Value, string Origin)> _values = [];
    private readonly List<string> _problems = [];

    public OptionsResult Read(IReadOnlyList<string> arguments)
    {
        if (arguments.Contains("--help") || arguments.Contains("-h"))
        {
            return new OptionsResult(null, [], Help());
        }

        if (arguments.Contains("--version"))
        {
            return new OptionsResult(null, [], $"ilabd {version}");
        }

        var (given, root, file, system, print) = ParseArguments(arguments);
        var paths =
            root is not null ? RuntimePaths.UnderRoot(root)
            : system ? RuntimePaths.System
            : RuntimePaths.ForUser(environment);
        ReadFile(
            file ?? (system || File.Exists(SystemFile) && root is null && environment("ILAB_ROOT") is null or "" ? SystemFile : null),
            required: file is not null
        );
        ReadEnvironment();
        foreach (var (name, value) in given)
        {
            _values[name] = (value, "command line");
        }

        var options = Apply(new ServiceOptions { Paths = paths });
        return _problems.Count > 0
            ? new OptionsResult(null, _problems, null)
            : new OptionsResult(options, [], print ? string.Join('\n', options.Effective) : null);
    }

    private static string Help() =>
        "usage: ilabd [OPTIONS]\n\n"
        + "The ilab service. Settings come from defaults, /etc/ilab/ilabd.conf (`name = value` lines), ILAB_* variables and "
        + "options; later ones take precedence.\n\n"
        + "  --root DIR              use DIR/store, DIR/run and DIR/config (also ILAB_ROOT)\n"
        + "  --system                use the directories of the system service: /var/lib/models, /run/ilab\n"
        + "  --config FILE           another configuration file\n"
        + string.Concat(
            Setting.All.Select(static setting => $"  --{setting.Name, -20}  {setting.Meaning}{(setting.Default.Length > 0 ? $" ({setting.Default})" : "")}\n")
        )
        + "  --print-config          print every setting with its origin\n  --version, --help";

    private (Dictionary<string, string> Given, string? Root, string? File, bool System, bool Print) ParseArguments(IReadOnlyList<string> arguments)
    {
        var given = new Dictionary<string, string>();
        string? root = null,
            file = null;
        var (system, print) = (false, false);
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals > 0 ? argument[..equals] : argument;
            if (name is "--system" or "--print-config")
            {
                system |= name == "--system";
                print |= name == "--print-config";
                continue;
            }

            var known = Setting.All.FirstOrDefault(setting => "--" + setting.Name == name);
            if (known is null && name is not ("--root" or "--config"))
            {
                _problems.Add($"unknown option {argument}");
                continue;
            }

            var value =
                equals > 0 ? argument[(equals + 1)..]
                : known?.Bare is { } bare && (index + 1 == arguments.Count || arguments[index + 1].StartsWith('-')) ? bare
                : index + 1 < arguments.Count ? arguments[++index]
                : null;
            switch (name)
            {
                case var _ when string.IsNullOrEmpty(value):
                    _problems.Add($"{name} needs a value");
                    break;
                case "--root":
                    root = value;
                    break;
                case "--config":
                    file = value;
                    break;
                default:
                    given[name[2..]] = value!;
                    break;
            }
        }

        return (given, root, file, system, print);
    }

    private void ReadFile(string? path, bool required)
    {
        if (path is null || !File.Exists(path))
        {
            if (required)
            {
                _problems.Add($"{path}: no such file");
            }

            return;
        }

        foreach (var (index, line) in File.ReadLines(path).Index())
        {
            var text = line.Split('#')[0].Trim();
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (text.Length == 0)
            {
                continue;
            }

            var name = equals > 0 ? text[..equals].Trim() : text;
            if (equals <= 0 || Setting.All.All(setting => setting.Name != name))
            {
                _problems.Add($"{path}:{index + 1}: {(equals <= 0 ? "expected name = value" : $"unknown setting {name}")}");
                continue;
            }

            _values[name] = (text[(equals + 1)..].Trim(), path);
        }
    }

    private void ReadEnvironment()
    {
        foreach (var setting in Setting.All)
        {
            if (environment(setting.Variable) is { Length: > 0 } value)
            {
                _values[setting.Name] = (value, setting.Variable);
            }
        }
    }

    private ServiceOptions Apply(ServiceOptions options)
    {
        var effective = new List<string>();
        foreach (var setting in Setting.All)
        {
            var (value, origin) = _values.TryGetValue(setting.Name, out var given) ? given : (setting.Default, "default");
            if (value.Length > 0)
            {
                try
                {
                    options = setting.Apply(options, value);
                    effective.Add($"{setting.Name}={value} ({origin})");
                }
                catch (FormatException exception)
                {
                    _problems.Add($"{setting.Name} ({origin}): {exception.Message}");
                }
            }
        }

        return options with
        {
            Socket = options.Socket.Length > 0 ? options.Socket : options.Paths.Socket,
            PolicyPath = options.IsPolicyRequired ? options.PolicyPath : Path.Combine(options.Paths.ConfigDirectory, "policy.conf"),
            Effective = effective,
        };
    }
}
