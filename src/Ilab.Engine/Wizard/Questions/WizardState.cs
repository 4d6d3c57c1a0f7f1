using Ilab.Configuration.Runs;
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

    /// <summary>Of this machine.</summary>
    public IReadOnlyList<DeviceFacts> Here { get; init; } = [];

    /// <summary>The machine that the file is planned for; null = this one.</summary>
    public Resources? Resources => this[QuestionIds.Resources] is { Length: > 0 } text && text != QuestionIds.This ? Resources.Parse(text) : null;

    /// <summary>Where the training is planned to run.</summary>
    public IReadOnlyList<DeviceFacts> Devices => Resources is { } other ? DeviceFacts.Of(other) : Here;

    /// <summary>The model that was chosen; null = not yet, or not in the store.</summary>
    public ModelFacts? Model { get; set; }

    /// <summary>Answers by question, with the reason where nobody was asked.</summary>
    public Dictionary<string, Suggestion> Values { get; } = [];

    /// <summary>The file that the conversation starts from; null = none.</summary>
    public StartingFile? Source { get; init; }

    public string this[string question] => Values.TryGetValue(question, out var value) ? value.Value : "";

    /// <summary>The dataset that was chosen; null = a file.</summary>
    public DatasetFacts? Data => Datasets.FirstOrDefault(dataset => ModelNames.Same(dataset.Name, this[QuestionIds.Dataset]));

    /// <summary>How long the records are; null = not known.</summary>
    public LengthFacts? Lengths { get; set; }

    /// <summary>Threads that a job may have.</summary>
    public int Threads { get; init; }

    /// <summary>Whether trainings on the CPU keep copies of the weights in the order of an accelerator.</summary>
    public bool IsAccelerated { get; init; }

    public TrainingCase Case =>
        new(Model ?? ModelFacts.Guess(this[QuestionIds.Model]), Data, Devices)
        {
            IsAccelerated = IsAccelerated,
            Lengths = Lengths,
            Threads = Resources is null ? Threads : 0,
            Gpus = Resources?.Gpus ?? 0,
            Hosts = Resources?.Hosts ?? 1,
            Given = new TrainingGiven
            {
                Type = this[QuestionIds.TrainingType] is var type && type is "auto" or "" ? null : type,
                Device = this[QuestionIds.Device] is { Length: > 0 } device ? device : null,
                BatchSize = Whole("batch-size"),
                Accumulation = Whole("gradient-accumulation"),
                MaxLength = Whole("max-seq-len"),
                Rank = Whole("rank"),
                Checkpointing = this["gradient-checkpointing"] is { Length: > 0 } flag ? flag == "true" : null,
            },
        };

    private int? Whole(string question) =>
        int.TryParse(this[question], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>The type that is trained: <c>auto</c> is what it would come to now.</summary>
    public string TrainingType => this[QuestionIds.TrainingType] is var chosen && chosen is "auto" or "" ? Advice.Types(Case)[0].Type : chosen;
}

/// <summary>Names with and without the tag <c>latest</c>.</summary>
internal static class ModelNames
{
    public static string Short(string name) => WizardNames.Short(name);

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
        Result = "name",
        Resources = "resources";

    /// <summary>Answer: the machine of this service.</summary>
    public const string This = "this";
}
