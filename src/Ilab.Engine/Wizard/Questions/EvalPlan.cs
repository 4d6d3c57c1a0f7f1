using System.Globalization;
using Ilab.Configuration.Runs;
using Ilab.Engine.Wizard.Conversation;
using Ilab.Engine.Wizard.Drafts;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>A file for an evaluation: valid and explained, although nothing here runs it yet.</summary>
internal static class EvalPlan
{
    private const string Benchmark = "benchmark",
        Samples = "samples",
        SamplesPath = "tasks[0].num_samples";

    private static readonly (string Name, string Explanation, IReadOnlyList<(string Task, int Shots)> Tasks)[] Benchmarks =
    [
        ("quick", "a look at knowledge and common sense: arc_easy, hellaswag", [("arc_easy", 0), ("hellaswag", 0)]),
        ("knowledge", "57 subjects of school and university: mmlu with 5 examples", [("mmlu", 5)]),
        ("reasoning", "arithmetic and harder questions: gsm8k, arc_challenge", [("gsm8k", 5), ("arc_challenge", 25)]),
        ("truthfulness", "questions that invite false answers: truthfulqa_mc2", [("truthfulqa_mc2", 0)]),
    ];

    public static Plan Create() =>
        new(
            RunKind.Eval,
            "eval",
            "benchmarks",
            [
                CommonQuestions.Model("Which model is to be evaluated?", "One of the stored models, or any name."),
                new(
                    Benchmark,
                    "What is to be measured?",
                    "Groups of tasks of the LM Evaluation Harness; the names of tasks, separated by commas, are taken as well. A "
                        + "number of examples stands before each question where the "
                        + "task is usually measured so."
                )
                {
                    Choices = static _ => [.. Benchmarks.Select(static known => new WizardChoice(known.Name, known.Explanation))],
                    Suggest = static state =>
                        Written(state) is { } tasks
                            ? new Suggestion(tasks, $"as in {state.Request.From!.Name}")
                            : new Suggestion("quick", "minutes, not hours"),
                    Check = static (_, answer) => TaskNames(answer),
                },
                new(
                    Samples,
                    "How many questions of each task?",
                    "Fewer are faster and less exact: with 100 questions, a result is within about 10 points; all = the whole task."
                )
                {
                    Path = SamplesPath,
                    Suggest = static state =>
                        KeepsTasks(state)
                            ? new Suggestion("all", $"as in {state.Request.From!.Name}")
                            : new Suggestion("100", "enough to see large differences"),
                    Rule = NumberRule.Whole(1, 1_000_000) with { Words = ["all"] },
                },
                new("batch-size", "How many questions at once?", "Memory grows with them.")
                {
                    IsAdvanced = true,
                    Path = "generation.batch_size",
                    Suggest = static _ => new Suggestion("4", "what most machines have the memory for"),
                    Rule = NumberRule.Whole(1, 4096),
                },
                new("max-seq-len", "How many tokens may a question have?", "Longer ones are cut at their beginning.")
                {
                    IsAdvanced = true,
                    Path = "model.model_max_length",
                    Suggest = static state =>
                        state.Model is { ContextLength: > 0 and < 2048 } model
                            ? new Suggestion(model.ContextLength.ToString(CultureInfo.InvariantCulture), "the model was trained for no more")
                            : new Suggestion("2048", "what these tasks need"),
                    Rule = NumberRule.Whole(2, 1 << 20),
                },
                CommonQuestions.OutputFile("eval.yaml"),
                CommonQuestions.Run("Evaluate now?", ""),
            ],
            Fill,
            static _ => []
        );

    private static string TaskNames(string answer)
    {
        var names = answer.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names.Length > 0 && names.All(static name => name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            ? string.Join(',', names)
            : throw new FormatException($"\"{answer}\" is neither a group nor names of tasks such as mmlu,gsm8k");
    }

    private static void Fill(WizardState state, Draft draft)
    {
        draft.Text("model.model_name", state[QuestionIds.Model]);
        Suggested(state, draft, "max-seq-len", "model.model_max_length");
        Tasks(state, draft);
        Suggested(state, draft, "batch-size", "generation.batch_size");
        draft.Usual(state.Source, "inference_engine", "NATIVE");
        draft.Usual(state.Source, "output_dir", $"output/{ResultName.Of(state[QuestionIds.Model], "eval")}");
    }

    /// <summary>The tasks of the file that the conversation starts from, as an answer; null = there are none.</summary>
    private static string? Written(WizardState state) => state.Source?.Tasks is { Count: > 0 } tasks ? string.Join(',', tasks) : null;

    /// <summary>Whether the tasks stay as the file has them.</summary>
    private static bool KeepsTasks(WizardState state) => Written(state) is { } tasks && tasks == state[Benchmark];

    private static void Tasks(WizardState state, Draft draft)
    {
        if (KeepsTasks(state))
        {
            Keep(state, draft);
            return;
        }

        var chosen = state[Benchmark];
        var tasks = Array.Find(Benchmarks, known => known.Name == chosen).Tasks ?? [.. chosen.Split(',').Select(static name => (name, 0))];
        draft.Builder.Remove("tasks");
        foreach (var (index, (task, shots)) in tasks.Index())
        {
            draft.Builder.Task(task, samples: state[Samples] == "all" ? null : int.Parse(state[Samples], CultureInfo.InvariantCulture));
            if (shots > 0)
            {
                draft.Value(
                    $"tasks[{index}].eval_kwargs.num_fewshot",
                    shots.ToString(CultureInfo.InvariantCulture),
                    "examples before each question, as this task is usually measured"
                );
            }
        }

        draft.Say(
            "tasks",
            state[Samples],
            state[Samples] == "all" ? "" : $"{state[Samples]} questions of each: {state.Values[Samples].Reason}".TrimEnd(' ', ':')
        );
    }

    /// <summary>Changes the number of questions only, and only where another one was answered.</summary>
    private static void Keep(WizardState state, Draft draft)
    {
        if (state[Samples] == (state.Source!.Find(SamplesPath) ?? "all"))
        {
            return;
        }

        foreach (var index in Enumerable.Range(0, state.Source.Tasks.Count))
        {
            if (state[Samples] == "all")
            {
                draft.Builder.Remove($"tasks[{index}].num_samples");
            }
            else
            {
                draft.Value($"tasks[{index}].num_samples", state[Samples]);
            }
        }
    }

    private static void Suggested(WizardState state, Draft draft, string question, string path) =>
        draft.Value(path, state.Values[question].Value, state.Values[question].Reason);
}
