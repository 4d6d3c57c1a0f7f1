using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Problems;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Wizard.Conversation;
using Ilab.Engine.Wizard.Drafts;
using Ilab.Engine.Wizard.Facts;
using Ilab.Engine.Wizard.Questions;

namespace Ilab.Engine.Wizard;

/// <summary>
/// Makes files for training, evaluation and inference by asking. A step depends on the conversation so far and on the machine; nothing is kept here.
/// </summary>
/// <param name="facts">What the service has.</param>
/// <param name="advice">Where suggestions come from.</param>
/// <param name="version">Of the program, for the header of files.</param>
public sealed class WizardEngine(IWizardFacts facts, ITrainingAdvice advice, string version)
{
    private static readonly Dictionary<WizardKind, Plan> Plans = new()
    {
        [WizardKind.Train] = TrainPlan.Create(),
        [WizardKind.Evaluate] = EvalPlan.Create(),
        [WizardKind.Infer] = InferPlan.Create(),
    };

    /// <summary>The next question, or the file when there is none left.</summary>
    /// <exception cref="EngineException">INVALID_ARGUMENT: something that was given is wrong, or missing where nobody can be asked.</exception>
    public async Task<WizardStep> NextAsync(WizardRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var plan = Plans[request.Kind];
        var unknown = request.Given.Keys.FirstOrDefault(id => plan.Questions.All(question => question.Id != id));
        if (unknown is not null)
        {
            throw new EngineException(
                ErrorKind.InvalidArgument,
                $"a file for {plan.Name} has no question \"{unknown}\"",
                $"there are: {string.Join(", ", plan.Questions.Select(static question => question.Id))}"
            );
        }

        var state = new WizardState(request, advice)
        {
            Models = await facts.ModelsAsync(caller, cancellationToken),
            Datasets = request.Kind == WizardKind.Train ? await facts.DatasetsAsync(caller, cancellationToken) : [],
            Here = facts.Devices(),
            Threads = facts.Threads,
            IsAccelerated = request.Kind == WizardKind.Train && await facts.IsAcceleratedAsync(cancellationToken),
            Source = request.From is { } from ? StartingFile.Read(from, plan.Kind) : null,
        };
        // What was given is checked before anything is asked.
        foreach (var question in plan.Questions)
        {
            if (request.Given.TryGetValue(question.Id, out var given))
            {
                _ = Given(question, state, given);
            }
        }

        var (answers, missing) = (Answers(plan, request), new List<Question>());
        foreach (var question in plan.Questions)
        {
            if (!question.Applies(state))
            {
                continue;
            }

            if (request.Given.TryGetValue(question.Id, out var given))
            {
                state.Values[question.Id] = new Suggestion(Given(question, state, given), "");
            }
            else if (!request.IsSilent && (!question.IsAdvanced || request.IsAdvanced))
            {
                if (!answers.TryGetValue(question.Id, out var answer))
                {
                    return Ask(plan, question, state, "");
                }

                if (Take(question, state, answer) is { Length: > 0 } problem)
                {
                    return Ask(plan, question, state, problem);
                }
            }
            else if ((request.IsSilent && question.IsRequired ? question.Known(state) : question.Suggestion(state)) is { } suggested)
            {
                state.Values[question.Id] = suggested;
            }
            else
            {
                missing.Add(question);
            }

            if (question.Id == QuestionIds.Model && state[QuestionIds.Model] is { Length: > 0 } model)
            {
                state.Model = await facts.ModelAsync(caller, model, cancellationToken);
            }
            else if (question.Id == QuestionIds.Dataset && state[QuestionIds.Dataset] is { Length: > 0 } data)
            {
                state.Lengths = await facts.LengthsAsync(caller, state.Model?.Name, Source(state, data), cancellationToken);
            }
        }

        return missing.Count > 0
            ? throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{string.Join(" and ", missing.Select(static question => question.Id))} must be given",
                $"add {string.Join(" and ", missing.Select(static question => question.Flag))}"
            )
            : Finish(plan, state);
    }

    private static RecordSource Source(WizardState state, string data) =>
        state.Data is { } dataset ? new RecordSource(dataset.Name)
        : state.Request.OpenFile is { } open ? new RecordSource("", () => open(data))
        : new RecordSource("");

    /// <summary>
    /// Answers by their questions. The machine changes during a conversation, and with it which questions make sense: an answer to one that is no longer asked
    /// does no harm.
    /// </summary>
    private static Dictionary<string, string> Answers(Plan plan, WizardRequest request)
    {
        var answers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (id, value) in request.Answers)
        {
            if (plan.Questions.All(question => question.Id != id))
            {
                throw new EngineException(ErrorKind.InvalidArgument, $"a file for {plan.Name} has no question \"{id}\" that could be answered");
            }

            answers[id] = value;
        }

        return answers;
    }

    private static string Given(Question question, WizardState state, string given)
    {
        try
        {
            return question.Read(state, given);
        }
        catch (FormatException exception)
        {
            throw new EngineException(ErrorKind.InvalidArgument, $"{question.Name}: {exception.Message}", "", exception);
        }
    }

    /// <returns>What is wrong with the answer; empty = nothing.</returns>
    private static string Take(Question question, WizardState state, string answer)
    {
        if (answer.Trim().Length == 0)
        {
            if (question.Suggestion(state) is { } suggested)
            {
                state.Values[question.Id] = suggested;
                return "";
            }

            return "an answer is needed here";
        }

        // What was suggested anyway keeps its reason, and is not the number of a choice.
        var same = question.Suggestion(state);
        if (same is not null && same.Value == answer.Trim())
        {
            state.Values[question.Id] = same;
            return "";
        }

        try
        {
            var value = question.Read(state, answer, isTyped: true);
            state.Values[question.Id] = same?.Value == value ? same : new Suggestion(value, "");
            return "";
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }

    private WizardQuestion Ask(Plan plan, Question question, WizardState state, string problem)
    {
        var asked = plan.Questions.Where(candidate => IsAsked(candidate, state)).ToList();
        var suggestion = question.Suggestion(state);
        return new WizardQuestion
        {
            Id = question.Id,
            Text = question.Text,
            Help = question.Help,
            Flag = question.Flag,
            Input = question.Input,
            Number = asked.IndexOf(question) + 1,
            Total = asked.Count,
            Choices = question.Choices(state),
            Suggested = suggestion?.Value ?? "",
            Reason = suggestion?.Reason ?? "",
            Problem = problem,
            Notes = question.Notes(state),
            Most = question.Rule?.Most,
            IsWhole = question.Rule is { IsWhole: true },
            Words = question.Words,
            Preview = question.ShowsPreview ? Write(Fill(plan, state)) : "",
        };
    }

    private static bool IsAsked(Question question, WizardState state) =>
        !state.Request.Given.ContainsKey(question.Id)
        && (!question.IsAdvanced || state.Request.IsAdvanced)
        && (state.Values.ContainsKey(question.Id) || question.Applies(state));

    private WizardResult Finish(Plan plan, WizardState state)
    {
        var draft = Fill(plan, state);
        var blocker = CommonQuestions.Blocker(state);
        var isToRun = (state.Request.Given.GetValueOrDefault(QuestionIds.Run) ?? state[QuestionIds.Run]) == "yes";
        if (isToRun && (blocker ?? (state[QuestionIds.OutputFile] == "-" ? "standard output is no file" : null)) is { } reason)
        {
            throw new EngineException(ErrorKind.Unsupported, $"the file cannot be run: {reason}", "leave --run out");
        }

        return new WizardResult
        {
            Content = Write(draft),
            FileName = state[QuestionIds.OutputFile],
            IsToRun = isToRun,
            Command = blocker is null ? plan.Command(state) : [],
            Decisions = draft.Decisions,
            Notes = blocker is null ? [] : [blocker],
        };
    }

    /// <summary>The library has the last word on what is valid.</summary>
    private static string Write(Draft draft)
    {
        try
        {
            return draft.Builder.Build().ToYaml();
        }
        catch (ConfigException exception)
        {
            throw new EngineException(ErrorKind.InvalidArgument, exception.Problems[0].Text, "answer otherwise", exception);
        }
    }

    private Draft Fill(Plan plan, WizardState state)
    {
        var draft = new Draft(state.Source?.Build() ?? new ConfigBuilder(plan.Kind));
        var family = FamilyTemplates.Of(state.Model?.Architecture ?? "").Name;
        List<string> header = [$"Made by 'ilab config create {plan.Name}' {version}: {plan.Template}{(family.Length > 0 ? $", {family} models" : "")}."];
        if (state.Model is { } model)
        {
            header.Add($"{ModelNames.Short(model.Name)}: {CommonQuestions.Describe(model)}.");
        }

        header.AddRange(
            state.Resources is { } other
                ? [$"Planned for {other}."]
                : state.Here.Select(static device => $"Free on {device.Device} at that time: {ByteText.Of(device.Free)}.")
        );
        draft.Builder.Header(string.Join('\n', header));
        plan.Fill(state, draft);
        return draft;
    }
}
