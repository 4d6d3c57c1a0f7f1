using Ilab.Configuration.Runs;
using Ilab.Engine.Wizard.Drafts;

namespace Ilab.Engine.Wizard.Questions;

/// <summary>How a file of one kind comes about.</summary>
/// <param name="Kind">As the library of configs calls it.</param>
/// <param name="Name">As commands call it: <c>train</c>, <c>eval</c>, <c>infer</c>.</param>
/// <param name="Template">Name of the template, for the header of the file.</param>
/// <param name="Questions">In their order.</param>
/// <param name="Fill">Writes the answers into a draft.</param>
/// <param name="Command">Words behind <c>ilab</c> that run the file, its name left out.</param>
internal sealed record Plan(
    RunKind Kind,
    string Name,
    string Template,
    IReadOnlyList<Question> Questions,
    Action<WizardState, Draft> Fill,
    Func<WizardState, IReadOnlyList<string>> Command
);
