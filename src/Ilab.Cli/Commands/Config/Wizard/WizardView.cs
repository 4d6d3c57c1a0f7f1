using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Terminal;
using Ilab.Cli.Terminal.Native;

namespace Ilab.Cli.Commands.Config.Wizard;

/// <summary>Draws a conversation: plain lines that are never redrawn, in colours where the terminal has them and NO_COLOR does not forbid them.</summary>
internal sealed class WizardView(Session session)
{
    private const int Narrowest = 20,
        Widest = 100,
        ErrorDescriptor = 2;

    private const string Bold = "\x1b[1m",
        Dim = "\x1b[2m",
        Red = "\x1b[31m",
        Plain = "\x1b[0m";

    private readonly bool _colors =
        session.ErrorIsTerminal && session.Environment("NO_COLOR") is null or "" && session.Environment("TERM") is not (null or "" or "dumb");

    private static int Width => Math.Clamp(Tty.WindowSize(ErrorDescriptor)?.Columns ?? Widest, Narrowest, Widest);

    /// <summary>Stands before the answer.</summary>
    public static string Prompt(WizardQuestion question) => question.Suggested.Length is > 0 and <= 30 ? $"[{question.Suggested}] > " : "> ";

    public Task GreetAsync() => WriteAsync("Enter takes what is suggested, ? explains, back returns, quit ends without writing.", "", Dim);

    public async Task AskAsync(WizardQuestion question)
    {
        if (question.Preview.Length > 0)
        {
            await session.SayAsync("");
            foreach (var line in question.Preview.TrimEnd('\n').Split('\n'))
            {
                await session.SayAsync(_colors ? YamlColors.Of(line) : line);
            }
        }

        await session.SayAsync("");
        await WriteAsync($"{question.Number}/{question.Total} {question.Text}", "", Bold);
        foreach (var note in question.Notes)
        {
            await WriteAsync(note, "  ", Dim);
        }

        await ChoicesAsync(question);
        if (question.Suggested.Length > 0)
        {
            await WriteAsync($"Enter = {question.Suggested}: {question.Reason}", "  ", Dim);
        }
    }

    public async Task HelpAsync(WizardQuestion question)
    {
        await WriteAsync(question.Help, "  ", "");
        await ChoicesAsync(question);
        await WriteAsync($"The option {question.Flag} answers this in advance.", "  ", Dim);
    }

    public Task ComplainAsync(string problem) => WriteAsync(problem, "  ", Red);

    private async Task ChoicesAsync(WizardQuestion question)
    {
        var widest = question.Choices.Count == 0 ? 0 : question.Choices.Max(static choice => CharWidth.OfText(choice.Value));
        foreach (var (index, choice) in question.Choices.Index())
        {
            var name = $"{index + 1}) {choice.Value}";
            var room = Width - 2 - widest - 4;
            await WriteAsync(
                choice.Explanation.Length > 0 && room >= Narrowest
                        ? $"{name}{new string('\u00a0', widest - CharWidth.OfText(choice.Value) + 2)}{choice.Explanation}"
                    : choice.Explanation.Length > 0 ? $"{name}: {choice.Explanation}"
                    : name,
                "  ",
                ""
            );
        }
    }

    /// <summary>Wraps at blanks to the width of the terminal; continued lines are indented further.</summary>
    private async Task WriteAsync(string text, string indent, string color)
    {
        foreach (var line in Wrap(text, indent))
        {
            await session.SayAsync(_colors && color.Length > 0 ? color + line + Plain : line);
        }
    }

    private static IEnumerable<string> Wrap(string text, string indent)
    {
        var (line, begun) = (indent, true);
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!begun && CharWidth.OfText(line) + 1 + CharWidth.OfText(word) > Width)
            {
                yield return line.Replace('\u00a0', ' ');
                (line, begun) = (indent + (indent.Length > 0 ? "   " : ""), true);
            }

            line += (begun ? "" : " ") + word;
            begun = false;
        }

        yield return line.Replace('\u00a0', ' ');
    }
}
