using Ilab.Configuration.Paths;
using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Service;

/// <summary>What reading the options came to: options, or all problems at once, or a text to print.</summary>
public sealed record OptionsResult(ServiceOptions? Options, IReadOnlyList<string> Problems, string? Print)
{
    /// <summary>What does not keep the service from starting, one line each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>Reads the sources in their order: defaults, files, environment, command line; the later one wins.</summary>
/// <param name="environment">Variables by name.</param>
/// <param name="version">Of the program.</param>
/// <param name="systemFolder">Of the machine's files.</param>
public sealed class OptionsReader(Func<string, string?> environment, string version, string systemFolder = "/etc/ilab")
{
    private readonly Dictionary<string, (string Value, string Origin)> _values = [];
    private readonly List<string> _problems = [];
    private readonly List<string> _warnings = [];

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
        ReadFiles(paths, file, withSystem: system || (root is null && environment("ILAB_ROOT") is null or ""));
        ReadEnvironment();
        foreach (var (name, value) in given)
        {
            _values[name] = (value, "command line");
        }

        var options = Apply(new ServiceOptions { Paths = paths });
        return _problems.Count > 0
            ? new OptionsResult(null, _problems, null)
            : new OptionsResult(options, [], print ? string.Join('\n', options.Effective) : null) { Warnings = _warnings };
    }

    private static string Help() =>
        "usage: ilabd [OPTIONS]\n\n"
        + "The ilab service. Settings come from defaults, /etc/ilab/ilabd.conf (`name = value` lines), the section `service` of "
        + "ilab.conf, ILAB_* variables and options; later ones take precedence.\n\n"
        + "  --root DIR              use DIR/store, DIR/run and DIR/config (also ILAB_ROOT)\n"
        + "  --system                use the directories of the system service: /var/lib/models, /run/ilab\n"
        + "  --config FILE           a file like ilabd.conf that is read instead of these\n"
        + string.Concat(
            ServiceSettings.All.Select(static setting =>
                $"  --{setting.Name, -20}  {setting.Meaning}{(setting.Default.Length > 0 ? $" ({setting.Default})" : "")}\n"
            )
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

            var known = ServiceSettings.All.FirstOrDefault(setting => "--" + setting.Name == name);
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

    /// <param name="paths">Where the user's files are.</param>
    /// <param name="only">A file in the place of all others; null = there is none.</param>
    /// <param name="withSystem">Whether the machine's files count.</param>
    private void ReadFiles(RuntimePaths paths, string? only, bool withSystem)
    {
        if (only is not null)
        {
            if (!File.Exists(only))
            {
                _problems.Add($"{only}: no such file");
            }

            Take(ServiceFile.Read(only));
            return;
        }

        var reader = new ConfReader(ServiceSettings.All, ignoresOthers: true);
        foreach (var location in new ConfLocations(withSystem ? systemFolder : null, paths.ConfigDirectory, ConfLocations.OnlyFile(environment)).All)
        {
            var found = location.IsServiceFile ? ServiceFile.Read(location.Path) : location.Read(reader);
            if (paths.ConfigDirectory != systemFolder)
            {
                // A user's service does without a file of the machine that the user may not read.
                _warnings.AddRange(found.Problems.Where(static problem => problem.IsWarning).Select(static problem => problem.ToString()));
                found = found with { Problems = [.. found.Problems.Where(static problem => !problem.IsWarning)] };
            }

            Take(found);
        }
    }

    private void Take(ConfFile file)
    {
        _problems.AddRange(file.Problems.Select(static problem => problem.ToString()));
        foreach (var entry in file.Entries)
        {
            _values[entry.Name] = (string.Join(',', entry.Values), file.Path);
        }
    }

    private void ReadEnvironment()
    {
        foreach (var setting in ServiceSettings.All)
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
        foreach (var setting in ServiceSettings.All)
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
