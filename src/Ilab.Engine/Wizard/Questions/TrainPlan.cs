using Ilab.Configuration.Runs;
using Ilab.Engine.Wizard.Conversation;
using Ilab.Engine.Wizard.Drafts;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>Three questions to a training; the rest has defaults, which --advanced asks about.</summary>
internal static class TrainPlan
{
    private static readonly string[] DataFiles = [".jsonl", ".json"];

    public static Plan Create() =>
        new(
            RunKind.Train,
            "train",
            "supervised fine-tuning",
            [
                CommonQuestions.Model(
                    "Which model is to be trained?",
                    "The base that the training starts from: one of the stored models, or any name. Instruct and chat models learn "
                        + "conversations best; the result is a new "
                        + "model, and the base stays as it is."
                ),
                Dataset(),
                Machine(),
                TrainingType(),
                .. AdvancedTraining.Questions,
                CommonQuestions.OutputFile("train.yaml"),
                CommonQuestions.Run(
                    "Start the training now?",
                    "Starts a job of the service with this file; it goes on when the terminal is closed, and 'ilab job attach' follows it."
                ),
            ],
            Fill,
            static _ => ["model", "train", "--config"]
        );

    private static Question Dataset() =>
        new(
            QuestionIds.Dataset,
            "Which data is it to learn from?",
            "A stored dataset, or a file of JSON lines: records with messages, with instruction and output, with prompt "
                + "and completion, or with text, such as {\"prompt\": \"...\", \"completion\": \"...\"}. 'ilab data generate' and "
                + "'ilab data import' make datasets."
        )
        {
            HasOption = true,
            Input = WizardInput.File,
            IsRequired = true,
            Path = "data.train.datasets[0].dataset_path",
            OtherPath = "data.train.datasets[0].dataset_name",
            Choices = static state =>
                [
                    .. state
                        .Datasets.Take(9)
                        .Select(static dataset => new WizardChoice(
                            ModelNames.Short(dataset.Name),
                            $"{dataset.Samples} records, {Errors.ByteText.Of(dataset.Size)}"
                        )),
                ],
            Notes = static state =>
                [
                    state.Datasets.Count == 0
                        ? "No datasets are stored yet: name a file of JSON lines, such as facts.jsonl."
                        : "A file of JSON lines is taken as well.",
                ],
            Suggest = static state => state.Datasets is [var latest, ..] ? new Suggestion(ModelNames.Short(latest.Name), "the newest one") : null,
            Check = static (state, answer) =>
                answer.Length == 0 ? throw new FormatException("data is needed: a stored dataset, or a file")
                : IsFile(answer) || state.Datasets.Any(dataset => ModelNames.Same(dataset.Name, answer)) ? answer
                : throw new FormatException($"there is no dataset \"{answer}\"; files of JSON lines end in .jsonl"),
        };

    private static Question Machine() =>
        new(
            QuestionIds.Resources,
            "Which machine is it planned for?",
            "this is the one of the service. Another one is written as gpus=4,gpu-memory=80GiB,hosts=2 or memory=64GiB: what fits there is "
                + "suggested, and how the training is spread over several GPUs or hosts. The file is not run here then."
        )
        {
            IsAdvanced = true,
            HasOption = true,
            Path = "ilab.resources",
            Suggest = static _ => new Suggestion(QuestionIds.This, "the machine of this service"),
            Check = static (_, answer) => answer == QuestionIds.This ? answer : Resources.Parse(answer).ToString(),
        };

    private static Question TrainingType() =>
        new(
            QuestionIds.TrainingType,
            "What is to be trained?",
            "lora trains small adapters beside the weights, qlora the same on a quantized model, and full every weight. "
                + "Adapters need a fraction of the memory and suffice for "
                + "style, tone and some facts. auto takes what suits model, data and free memory now, and writes it into the file."
        )
        {
            HasOption = true,
            Input = WizardInput.Choice,
            Path = "ilab.training_type",
            Choices = static state =>
                [
                    new("auto", $"what suits model, data and memory: now that is {state.Advice.Types(state.Case)[0].Type}"),
                    .. new[] { "lora", "qlora", "full" }.Select(type => new WizardChoice(
                        type,
                        state.Advice.Types(state.Case).First(advice => advice.Type == type).Explanation
                    )),
                ],
            Suggest = static state => FromFile(state) ?? new Suggestion("auto", "it takes what fits the machine"),
            Notes = static state => [.. state.Devices.Select(static device => $"{device.Device}: {Errors.ByteText.Of(device.Free)} free")],
        };

    /// <summary>Files of other programs say it with switches.</summary>
    private static Suggestion? FromFile(WizardState state) =>
        state.Source?.Find("training.use_peft") is { } adapters
            ? new Suggestion(
                adapters == "false" ? "full"
                    : state.Source.Find("peft.q_lora") == "true" ? "qlora"
                    : "lora",
                $"as in {state.Request.From!.Name}"
            )
            : null;

    private static bool IsFile(string answer) => DataFiles.Contains(Path.GetExtension(answer).ToLowerInvariant());

    private static void Fill(WizardState state, Draft draft)
    {
        draft.Text("model.model_name", state[QuestionIds.Model]);
        Advanced(state, draft, "max-seq-len");
        Data(state, draft);
        var type = state.TrainingType;
        draft.Builder.TrainingType(Enum.Parse<TrainingType>(type, ignoreCase: true));
        draft.Say("training.use_peft", type, $"{type}: {Why(state, type)}");
        draft.Usual(state.Source, "training.trainer_type", "TRL_SFT", "supervised: the loss is computed on answers only");
        foreach (var name in AdvancedTraining.TrainingNames)
        {
            Advanced(state, draft, name);
        }

        draft.Usual(state.Source, "training.output_dir", $"output/{state[QuestionIds.Result]}");
        foreach (var name in type == "full" ? [] : AdvancedTraining.AdapterNames)
        {
            Advanced(state, draft, name);
        }

        draft.Say("ilab", "", "What only ilab knows: other programs can do without this section.");
        draft.Value("ilab.training_type", state[QuestionIds.TrainingType], state.Values[QuestionIds.TrainingType].Reason);
        draft.Text("ilab.result", state[QuestionIds.Result], "the name of the new model");
        if (state.Values.TryGetValue(QuestionIds.Device, out var device))
        {
            draft.Value("ilab.device", device.Value, device.Reason);
        }

        if (state[QuestionIds.Distributed] is not ("" or "none"))
        {
            var reason = state.Values[QuestionIds.Distributed].Reason;
            draft.Builder.Distributed(Enum.Parse<Distribution>(state[QuestionIds.Distributed], ignoreCase: true));
            draft.Say("ilab.distributed", state[QuestionIds.Distributed], reason.Length > 0 ? reason : "planned for several devices; one device refuses it");
        }

        if (state.Resources is { } planned)
        {
            draft.Text("ilab.resources", planned.ToString(), "the machine that this is planned for");
        }
    }

    private static string Why(WizardState state, string type) =>
        state[QuestionIds.TrainingType] == "auto"
            ? state.Advice.Choose(state.Case).Type.Reason
            : state.Advice.Types(state.Case).First(advice => advice.Type == type).Explanation;

    private static void Data(WizardState state, Draft draft)
    {
        var question = Dataset();
        if (question.Existing(state) != state[QuestionIds.Dataset])
        {
            draft.Builder.Remove("data.train.datasets").Dataset(state[QuestionIds.Dataset]);
        }

        draft.Say("data.train.datasets", state[QuestionIds.Dataset], Records(state));
    }

    private static string Records(WizardState state) =>
        state.Lengths is { } lengths ? $"{lengths.Source}: {Math.Round(lengths.Mean)} tokens on average, {lengths.Longest} at most"
        : state.Data is { } data ? $"{data.Samples} records"
        : "";

    private static void Advanced(WizardState state, Draft draft, string name)
    {
        var question = AdvancedTraining.Questions.First(question => question.Id == name);
        if (state.Values.TryGetValue(name, out var value))
        {
            draft.Value(question.Path!, value.Value, value.Reason);
        }
    }
}
