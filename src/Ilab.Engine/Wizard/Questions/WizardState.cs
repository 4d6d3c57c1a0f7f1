using Ilab.Engine.Wizard.Conversation;
using Ilab.Engine.Wizard.Drafts;
using Ilab.Engine.Wizard.Facts;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>What is known at a point of a conversation.</summary>
/// <param name="Request">The conversation.</param>
/// <param name="Advice">Where suggestions come from.</param>
internal sealed record WizardState(WizardRequest Request, ITrainingAdvice Advice)
{
    public IReadOnlyList<ModelFacts> Models { get; init; } = [];

    public IReadOnlyList<DatasetFacts> Datasets { get; init; } = [];

    public IReadOnlyList<DeviceFacts> Devices { get; init; } = [];

    /// <summary>The model that was chosen; null = not yet, or not in the store.</summary>
    public ModelFacts? Model { get; set; }

    /// <summary>Answers by question, with the reason where nobody was asked.</summary>
    public Dictionary<string, Suggestion> Values { get; } = [];

    /// <summary>The file that the conversation starts from; null = none.</summary>
    public StartingFile? Source { get; init; }

    public string this[string question] => Values.TryGetValue(question, out var value) ? value.Value : "";

    /// <summary>The dataset that was chosen; null = a file.</summary>
    public DatasetFacts? Data => Datasets.FirstOrDefault(dataset => ModelNames.Same(dataset.Name, this[QuestionIds.Dataset]));

    public TrainingCase Case => new(Model, Data, Devices);

    /// <summary>The type that is trained: <c>auto</c> is what it would come to now.</summary>
    public string TrainingType => this[QuestionIds.TrainingType] is var chosen && chosen is "auto" or "" ? Advice.Types(Case)[0].Type : chosen;
}

/// <summary>Names with and without the tag <c>latest</c>.</summary>
internal static class ModelNames
{
    private const string Usual = ":latest";

    public static string Short(string name) => name.EndsWith(Usual, StringComparison.Ordinal) ? name[..^Usual.Length] : name;

    public static bool Same(string a, string b) => Short(a) == Short(b);
}

/// <summary>Keys of answers that several places use.</summary>
internal static class QuestionIds
{
    public const string Model = "model",
        Dataset = "dataset",
        TrainingType = "training-type",
        OutputFile = "output-file",
        Run = "run",
        Distributed = "distributed",
        Device = "device",
        Result = "name";
}
