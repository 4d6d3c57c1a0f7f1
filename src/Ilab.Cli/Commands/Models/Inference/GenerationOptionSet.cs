using System.CommandLine;
using System.CommandLine.Parsing;
using Ilab.Cli.Chat;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>Generation settings as options of a command line. Names, help, defaults and checks come from <see cref="SettingTable"/>.</summary>
public sealed class GenerationOptionSet
{
    private readonly List<(Setting Setting, Option<string?> Option)> _options = [];
    private readonly Option<string[]>? _stop;

    /// <param name="names">Settings to offer; `top_k` becomes `--top-k`.</param>
    public GenerationOptionSet(params string[] names)
        : this(names, []) { }

    /// <param name="names">Settings to offer; `top_k` becomes `--top-k`.</param>
    /// <param name="defaults">Defaults to show where they differ from the table.</param>
    public GenerationOptionSet(string[] names, Dictionary<string, string> defaults)
    {
        foreach (string name in names)
        {
            Setting setting = SettingTable.Find(name) ?? throw new ArgumentException($"unknown setting {name}", nameof(names));
            string option = "--" + name.Replace('_', '-');
            if (name == "stop")
                _stop = new Option<string[]>(option)
                {
                    Description = Capitalized(setting.Help) + "; may be repeated",
                    HelpName = "TEXT",
                    Arity = ArgumentArity.OneOrMore,
                    AllowMultipleArgumentsPerToken = false,
                };
            else
                _options.Add((setting, Create(option, setting, defaults.GetValueOrDefault(name, setting.Default))));
        }
    }

    public void AddTo(Command command)
    {
        foreach ((_, Option<string?> option) in _options)
            command.Options.Add(option);
        if (_stop is not null)
            command.Options.Add(_stop);
    }

    /// <summary>Applies the options that were given.</summary>
    public void Read(ParseResult result, GenerationSettings into)
    {
        foreach ((Setting setting, Option<string?> option) in _options)
        {
            if (result.GetValue(option) is { } value)
                setting.Set(into, value);
        }

        if (_stop is not null && result.GetValue(_stop) is { Length: > 0 } stop)
            into.Stop = stop;
    }

    private static Option<string?> Create(string name, Setting setting, string shown)
    {
        var option = new Option<string?>(name) { Description = $"{Capitalized(setting.Help)} [default: {shown}]", HelpName = setting.Value };
        option.Validators.Add(result => Check(name, setting, result));
        return option;
    }

    private static void Check(string name, Setting setting, OptionResult result)
    {
        if (result.Tokens.Count == 0)
            return;
        try
        {
            setting.Set(new GenerationSettings(), result.Tokens[^1].Value);
        }
        catch (FormatException e)
        {
            result.AddError($"{name}: {e.Message}");
        }
    }

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
