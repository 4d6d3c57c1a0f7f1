using System.CommandLine;
using Ilab.Cli.Hosting;
using Ilab.Cli.Options;

namespace Ilab.Cli.Commands.Host;

/// <summary>`completion bash|zsh|fish`: a script that asks this program for candidates.</summary>
internal static class CompletionCommand
{
    public static Command Create(Session session)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        string[] shells = ["bash", "zsh", "fish"];
        shell.CompletionSources.Add(shells);
        shell.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !shells.Contains(result.Tokens[^1].Value))
            {
                result.AddError($"SHELL: expected {ChoiceOption.Join(shells)}, not \"{result.Tokens[^1].Value}\"");
            }
        });
        var command = new Command(
            "completion",
            "Print a shell completion script\n\nExamples:\n  source <(ilab completion bash)\n" + "  ilab completion fish > ~/.config/fish/completions/ilab.fish"
        )
        {
            shell,
        };
        command.SetAction(
            async (line, _) =>
            {
                await session.Out.WriteLineAsync(
                    line.GetValue(shell) switch
                    {
                        "bash" => Bash,
                        "zsh" => Zsh,
                        _ => Fish,
                    }
                );
                return 0;
            }
        );
        return command;
    }

    private const string Bash = """
        _ilab() {
            # Split the line here: COMP_WORDS breaks name:tag at the colon.
            local line=${COMP_LINE:0:COMP_POINT} words cur IFS=$' \t\n'
            read -ra words <<<"$line"
            [[ $line == *[[:blank:]] ]] && words+=("")
            cur=${words[${#words[@]}-1]}
            IFS=$'\n'
            COMPREPLY=($(compgen -W "$(ilab __complete "${words[@]:1}" 2>/dev/null)" -- "$cur"))
            # The part up to the last colon is already on the line.
            [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
        }
        complete -o default -F _ilab ilab
        """;

    private const string Zsh = """
        #compdef ilab
        _ilab() {
            local -a found
            found=("${(@f)$(ilab __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
            compadd -a found
            (( ${#found} )) || _files
        }
        compdef _ilab ilab
        """;

    private const string Fish = """
        complete -c ilab -f -a '(ilab __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
        """;
}
