using Ilab.Engine.Errors;
using Ilab.Engine.Wizard.Conversation;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>Questions that several kinds of files have.</summary>
internal static class CommonQuestions
{
    private const int MostChoices = 9;

    public static Question Model(string text, string help) =>
        new(QuestionIds.Model, text, help)
        {
            HasOption = true,
            Input = WizardInput.Text,
            IsRequired = true,
            Path = "model.model_name",
            Choices = static state =>
                [.. state.Models.Take(MostChoices).Select(static model => new WizardChoice(ModelNames.Short(model.Name), Describe(model)))],
            Suggest = static state =>
                state.Models is [var latest, ..]
                    ? new Suggestion(ModelNames.Short(latest.Name), state.Models.Count > 1 ? "used or stored last" : "the only one that is stored")
                    : null,
            Check = static (_, answer) => answer.Length == 0 ? throw new FormatException("a model is needed") : Named(answer),
            Notes = static state =>
                state.Models.Count == 0 ? ["No models are stored yet; 'ilab model download SOURCE' gets one. Any name can be written into a file."]
                : state.Models.Count > MostChoices ? [$"{state.Models.Count - MostChoices} more: 'ilab model ls' lists them. Any name can be typed."]
                : [],
        };

    /// <param name="name">Of the file that is suggested.</param>
    public static Question OutputFile(string name) =>
        new(
            QuestionIds.OutputFile,
            "Where to save the file?",
            "The name of a new file. A dash prints the file to standard output instead. Files that exist are not replaced unless --force was given."
        )
        {
            HasOption = true,
            Input = WizardInput.NewFile,
            ShowsPreview = true,
            Suggest = _ => new Suggestion(name, "in this directory"),
            Check = static (_, answer) => FileName(answer),
        };

    /// <exception cref="FormatException">It names a directory.</exception>
    public static string FileName(string answer) =>
        answer.EndsWith('/') ? throw new FormatException($"\"{answer}\" is a directory: type the name of a file") : answer;

    /// <param name="text">What is asked.</param>
    /// <param name="help">What happens then.</param>
    public static Question Run(string text, string help) =>
        new(QuestionIds.Run, text, help)
        {
            HasOption = true,
            Input = WizardInput.Choice,
            Applies = static state => state[QuestionIds.OutputFile] != "-" && Blocker(state) is null,
            Choices = static _ => [new("no", "only the file"), new("yes", "start it now")],
            Suggest = static _ => new Suggestion("no", "the file can be looked at first"),
        };

    /// <summary>Why the file cannot be run here; null = it can.</summary>
    public static string? Blocker(WizardState state) =>
        state.Request.Kind == WizardKind.Evaluate ? "evaluation is not part of this version: the file is for Oumi, and for later"
        : state[QuestionIds.Distributed] is "ddp" or "fsdp" ? $"nothing here trains with {state[QuestionIds.Distributed]} yet: the file is for other machines"
        : state.Resources is { } other ? $"it is planned for another machine: {other}"
        : state is { Model.TrainingProblem: { } problem } && state.Request.Kind == WizardKind.Train
            ? $"{ModelNames.Short(state[QuestionIds.Model])} cannot be trained: {problem}"
        : state is { TrainingType: "qlora", Model: { IsQuantized: false } model } && state.Request.Kind == WizardKind.Train
            ? $"{ModelNames.Short(model.Name)} is not quantized, as qlora needs it: 'ilab model quantize' makes one that is"
        : state.Model is null && state[QuestionIds.Model].Length > 0 ? $"{state[QuestionIds.Model]} is not stored here: 'ilab model download' gets it"
        : null;

    /// <summary>A model on one line: family, size, quantization.</summary>
    public static string Describe(ModelFacts model)
    {
        var parts = new List<string>();
        if (model.Architecture.Length > 0)
        {
            parts.Add(model.Architecture);
        }

        if (model.Parameters > 0)
        {
            parts.Add(WizardNames.Count(model.Parameters) + " parameters");
        }

        if (model.Quantization.Length > 0)
        {
            parts.Add(model.Quantization);
        }

        parts.Add(ByteText.Of(model.Size));
        return string.Join(", ", parts);
    }

    private static string Named(string answer) =>
        answer.Any(char.IsWhiteSpace) || answer.StartsWith('-') ? throw new FormatException($"\"{answer}\" is not the name of a model") : answer;
}
