using System.Globalization;
using Ilab.Api.V1;
using Ilab.Cli.Hosting;
using Ilab.Cli.Terminal;

namespace Ilab.Cli.Commands.Config.Wizard;

/// <summary>The conversation at a terminal: draws the questions of the service and reads their answers.</summary>
/// <param name="session">Where it is drawn.</param>
/// <param name="next">Asks the service for the next step.</param>
/// <param name="replaces">Whether existing files may be replaced.</param>
internal sealed class WizardTalk(Session session, Func<WizardRequest, Task<WizardStep>> next, bool replaces)
{
    private const int Quit = 1,
        Interrupted = 130;

    private const string OutputFile = "output-file";

    private readonly WizardView _view = new(session);
    private ILineReader? _lines;
    private string _problem = "";

    private enum Reply
    {
        Answer,
        Back,
        Quit,
        Interrupt,
    }

    /// <summary>Asks again where the file is to go: it could not be written there.</summary>
    /// <returns>Whether that was an answer, and no option.</returns>
    public bool Return(WizardRequest request, string problem)
    {
        var isAnswer = request.Answers.Any(static answer => answer.Question == OutputFile);
        if (isAnswer)
        {
            Forget(request, OutputFile);
            _problem = problem;
        }

        return isAnswer;
    }

    /// <returns>The exit code when it was ended, else the result.</returns>
    public async Task<(int? Ended, WizardResult? Result)> RunAsync(WizardRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            var step = await next(request);
            if (step.StepCase == WizardStep.StepOneofCase.Result)
            {
                return (null, step.Result);
            }

            if (_lines is null)
            {
                _lines = OpenLines();
                await _view.GreetAsync();
            }

            var question = step.Question;
            FreeName(question);
            if (question.Problem.Length > 0)
            {
                Forget(request, question.Id);
            }
            else if (_problem.Length > 0)
            {
                (question.Problem, _problem) = (_problem, "");
            }

            var (reply, answer) = await AskAsync(_lines, question, cancellationToken);
            switch (reply)
            {
                case Reply.Quit:
                    return (Quit, null);
                case Reply.Interrupt:
                    return (Interrupted, null);
                case Reply.Back when request.Answers.Count > 0:
                    request.Answers.RemoveAt(request.Answers.Count - 1);
                    break;
                case Reply.Back:
                    await _view.ComplainAsync("this is the first question");
                    break;
                default:
                    request.Answers.Add(new WizardAnswer { Question = question.Id, Value = answer });
                    break;
            }
        }
    }

    private async Task<(Reply Reply, string Answer)> AskAsync(ILineReader lines, WizardQuestion question, CancellationToken cancellationToken)
    {
        if (question.Problem.Length > 0)
        {
            await _view.ComplainAsync(question.Problem);
        }
        else
        {
            await _view.AskAsync(question);
        }

        var prompt = new LinePrompt(WizardView.Prompt(question), Complete: text => Candidates(question, text), IsWrong: text => Typing.IsWrong(question, text));
        while (true)
        {
            var entry = await lines.ReadAsync(prompt, cancellationToken);
            if (entry.Result != LineResult.Line)
            {
                return (Reply.Interrupt, "");
            }

            var answer = entry.Text.Trim();
            switch (answer.ToLowerInvariant())
            {
                case "?" or "help":
                    await _view.HelpAsync(question);
                    continue;
                case "back" or "b":
                    return (Reply.Back, "");
                case "quit" or "q":
                    return (Reply.Quit, "");
                default:
                    break;
            }

            if (Problem(question, answer.Length > 0 ? answer : question.Suggested) is not { } problem)
            {
                return (Reply.Answer, Meaning(question, answer));
            }

            await _view.ComplainAsync(problem);
        }
    }

    /// <summary>Takes back an answer that is wrong, or has become so, and all after it: they may depend on it.</summary>
    internal static void Forget(WizardRequest request, string question)
    {
        var at = 0;
        while (at < request.Answers.Count && request.Answers[at].Question != question)
        {
            at++;
        }

        while (request.Answers.Count > at)
        {
            request.Answers.RemoveAt(request.Answers.Count - 1);
        }
    }

    /// <summary>What Enter and the number of a choice stood for when it was read: later the service may suggest something else.</summary>
    internal static string Meaning(WizardQuestion question, string answer)
    {
        var value =
            answer.Length == 0 ? question.Suggested
            : int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= question.Choices.Count
                ? question.Choices[number - 1].Value
            : answer;
        // What is a number itself would be taken for that of a choice.
        return question.Choices.Count > 0 && value.All(char.IsAsciiDigit) ? answer : value;
    }

    /// <summary>Suggests another name where there is a file already.</summary>
    private void FreeName(WizardQuestion question)
    {
        var wanted = question.Suggested;
        for (var number = 2; question.Input == WizardInput.NewFile && !replaces && File.Exists(question.Suggested); number++)
        {
            question.Suggested = $"{Path.ChangeExtension(wanted, null)}-{number}{Path.GetExtension(wanted)}";
            question.Reason = $"{wanted} exists already";
        }
    }

    /// <summary>What only this side can check: its files.</summary>
    private string? Problem(WizardQuestion question, string answer) =>
        question.Input switch
        {
            WizardInput.NewFile => answer.Length > 0 ? CreateOptions.NewFileProblem(answer, replaces) : null,
            WizardInput.File when CreateOptions.IsFile(answer) && !File.Exists(answer) => $"there is no file {answer}",
            _ => null,
        };

    private static List<string> Candidates(WizardQuestion question, string text)
    {
        var found = question.Choices.Select(static choice => choice.Value).Where(value => value.StartsWith(text, StringComparison.Ordinal)).ToList();
        if (question.Input is WizardInput.File or WizardInput.NewFile)
        {
            found.AddRange(FileNames.Beginning(text));
        }

        return found;
    }

    private ILineReader OpenLines() =>
        TerminalDevice.OfProcess() is { } device
            ? new LineEditor(device, new History())
            : new PlainLineReader(StandardStreams.Reader(StandardStreams.OpenInput()), session.Error);
}
