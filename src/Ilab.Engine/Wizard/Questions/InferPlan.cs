using System.Globalization;
using Ilab.Configuration.Runs;
using Ilab.Engine.Wizard.Conversation;
using Ilab.Engine.Wizard.Drafts;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>A file for inference: a model, how it answers, and what it answers.</summary>
internal static class InferPlan
{
    private const string Style = "style",
        Length = "max-length",
        Input = "input",
        Results = "output",
        TopP = "top-p",
        MinP = "min-p",
        Seed = "seed";

    public static Plan Create() =>
        new(
            RunKind.Infer,
            "infer",
            "inference",
            [
                CommonQuestions.Model("Which model is to answer?", "One of the stored models, or any name."),
                new(
                    Style,
                    "How freely is it to answer?",
                    "exact takes the most likely word each time, so that the same question has the same answer; balanced and "
                        + "creative choose among likely words. A temperature is taken "
                        + "as well, such as 0.6 or 1.0."
                )
                {
                    Path = "generation.temperature",
                    TakesNumbers = true,
                    Choices = static state =>
                        [
                            new("exact", "temperature 0: facts, code, extraction"),
                            new("balanced", $"temperature {Text(FamilyTemplates.Of(state.Model?.Architecture ?? "").Temperature)}: conversation"),
                            new("creative", "temperature 1.2: stories and ideas"),
                        ],
                    Suggest = static _ => new Suggestion("balanced", "right for most conversations"),
                    Rule = NumberRule.Real(0, 2) with { Words = ["exact", "balanced", "creative"] },
                },
                new(
                    Length,
                    "How long may an answer be, in tokens?",
                    "A token is three quarters of an English word, or less; answers that reach the limit are cut."
                )
                {
                    Path = "generation.max_new_tokens",
                    Suggest = static _ => new Suggestion("1024", "about two pages"),
                    Rule = NumberRule.Whole(1, 1 << 20),
                },
                new(
                    Input,
                    "Which file of requests is it to answer?",
                    "A file of JSON lines, each a conversation; none = requests are given on the command line."
                )
                {
                    IsAdvanced = true,
                    Input = WizardInput.Text,
                    Path = "input_path",
                    Suggest = static _ => new Suggestion("none", "requests are given on the command line"),
                    Check = static (_, answer) => answer.Length == 0 ? "none" : CommonQuestions.FileName(answer),
                },
                new(Results, "Where to are the answers to go?", "A file of JSON lines.")
                {
                    IsAdvanced = true,
                    Path = "output_path",
                    Applies = static state => state[Input] is not ("" or "none"),
                    Suggest = static _ => new Suggestion("answers.jsonl", "in this directory"),
                    Check = static (_, answer) =>
                        answer.Length == 0 ? throw new FormatException("the name of a file is needed") : CommonQuestions.FileName(answer),
                },
                new(TopP, "From which share of the probability are words taken?", "Unlikely words beyond this share are never taken; 1 = all count.")
                {
                    IsAdvanced = true,
                    Applies = static state => Temperature(state) > 0,
                    Path = "generation.top_p",
                    Suggest = static _ => new Suggestion("0.95", "leaves the most unlikely words out"),
                    Rule = NumberRule.Real(0, 1),
                },
                new(MinP, "How likely must a word be, beside the most likely one?", "0 = any; 0.05 leaves out what is twenty times less likely.")
                {
                    IsAdvanced = true,
                    Applies = static state => Temperature(state) > 0,
                    Path = "generation.min_p",
                    Suggest = static _ => new Suggestion("0.05", "leaves out what hardly fits"),
                    Rule = NumberRule.Real(0, 1),
                },
                new(Seed, "Which random seed?", "The same seed gives the same answer to the same question; none = another one each time.")
                {
                    IsAdvanced = true,
                    Path = "generation.seed",
                    Suggest = static _ => new Suggestion("none", "another one each time"),
                    Rule = NumberRule.Whole(0, int.MaxValue) with { Words = ["none"] },
                },
                CommonQuestions.OutputFile("infer.yaml"),
                CommonQuestions.Run(
                    "Run it now?",
                    "Runs 'ilab model inference' with this file; requests are read from standard input unless the file names a file of them."
                ),
            ],
            Fill,
            static _ => ["model", "inference", "--config"]
        );

    private static void Fill(WizardState state, Draft draft)
    {
        draft.Text("model.model_name", state[QuestionIds.Model]);
        Set(state, draft, Length, "generation.max_new_tokens");
        var temperature = Temperature(state);
        var reason = state[Style] switch
        {
            "exact" => "exact: the most likely word each time",
            "balanced" => "balanced: " + state.Values[Style].Reason,
            "creative" => "creative: unlikely words have a chance",
            _ => "",
        };
        draft.Value("generation.temperature", temperature.ToString("0.0###", CultureInfo.InvariantCulture), reason.TrimEnd(' ', ':'));
        if (temperature > 0)
        {
            Set(state, draft, TopP, "generation.top_p");
            Set(state, draft, MinP, "generation.min_p");
        }

        if (state[Seed] != "none")
        {
            draft.Value("generation.seed", state[Seed]);
        }

        if (state[Input] is not ("" or "none") and var input)
        {
            draft.Text("input_path", input);
            draft.Text("output_path", state[Results]);
        }

        draft.Usual(state.Source, "engine", "NATIVE");
    }

    private static double Temperature(WizardState state) =>
        state[Style] switch
        {
            "exact" => 0,
            "balanced" => FamilyTemplates.Of(state.Model?.Architecture ?? "").Temperature,
            "creative" => 1.2,
            var number => double.TryParse(number, CultureInfo.InvariantCulture, out var value) ? value : 1, // not answered yet
        };

    private static void Set(WizardState state, Draft draft, string question, string path) =>
        draft.Value(path, state.Values[question].Value, state.Values[question].Reason);

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
