using System.CommandLine;
using System.CommandLine.Parsing;
using Ilab.Cli.Chat;

namespace Ilab.Cli.Commands.Model.Inference;

/// <summary>Options of the command line that are settings of a generation: names, help and checks come from the table of settings.</summary>
public sealed class GenerationOptionSet
{
    private readonly List<(Setting Setting, Option<string?> Option)> _options = [];
    private readonly Option<string[]>? _stop;

    /// <param name="names">Settings to offer; `top_k` becomes `--top-k`.</param>
    public GenerationOptionSet(params string[] names)
    {
        foreach (string name in names)
        {
            Setting setting = SettingTable.Find(name) ?? throw new ArgumentException($"no setting {name}", nameof(names));
            string option = "--" + name.Replace('_', '-');
            if (name == "stop")
                _stop = new Option<string[]>(option) { Description = Describe(setting) + "; may be repeated", HelpName = "TEXT", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
            else
                _options.Add((setting, Create(option, setting)));
        }
    }

    public void AddTo(Command command)
    {
        foreach ((_, Option<string?> option) in _options)
            command.Options.Add(option);
        if (_stop is not null)
            command.Options.Add(_stop);
    }

    /// <summary>Fills in what was given and leaves the rest.</summary>
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

    private static Option<string?> Create(string name, Setting setting)
    {
        var option = new Option<string?>(name) { Description = Describe(setting), HelpName = "VALUE" };
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

    private static string Describe(Setting setting) => char.ToUpperInvariant(setting.Help[0]) + setting.Help[1..];
}
