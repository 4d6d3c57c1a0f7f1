using System.CommandLine;
using Ilab.Cli.Hosting;

namespace Ilab.Cli.Commands.Host;

/// <summary>`completion bash|zsh|fish`: a script for the shell; it asks this program for what fits.</summary>
internal static class CompletionCommand
{
    public static Command Create(Session session)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print a completion script\n\nExamples:\n  source <(ilab completion bash)\n  ilab completion fish > ~/.config/fish/completions/ilab.fish") { shell };
        command.SetAction(async (line, _) =>
        {
            await session.Out.WriteLineAsync(line.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return 0;
        });
        return command;
    }

    private const string Bash = """
        _ilab() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(ilab __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
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
