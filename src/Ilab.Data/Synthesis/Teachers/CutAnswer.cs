using System.Globalization;
using Ilab.Data.Pipelines;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>An answer that ended at the token limit is half a sentence, and no sample.</summary>
internal static class CutAnswer
{
    public const string Reason = "the answer was cut at the token limit";
    public const string WhileThinking = "the answer was cut while the teacher was thinking";
    public const string Advice =
        "raise max_tokens in the gen_kwargs of the pipeline's blocks (--max-tokens for knowledge), or use a teacher with a larger context or shorter drafts";

    private const double Many = 0.1;

    /// <returns>The text without drafts; with a reason, it must not be used.</returns>
    public static (string Text, string? Reason) Check(TeacherAnswer answer, TeacherCall call)
    {
        var text = ThinkingDraft.Remove(answer.Text, string.Join('\n', call.Messages.Select(static message => message.Content)));
        return text is null ? ("", WhileThinking)
            : answer is { IsCut: true, HasDraft: true } && text.AsSpan().Trim().IsEmpty ? ("", WhileThinking)
            : answer.IsCut && !call.Settings.KeepCut ? ("", Reason)
            : (text, null);
    }

    /// <summary>Number of cut answers of some leaves.</summary>
    public static long Count(IEnumerable<LeafResult> results) =>
        results
            .SelectMany(static result => result.Rejected)
            .Where(static reason => reason.Key.EndsWith(Reason, StringComparison.Ordinal) || reason.Key.EndsWith(WhileThinking, StringComparison.Ordinal))
            .Sum(static reason => reason.Value);

    /// <returns>What to do if many answers were cut; else null.</returns>
    public static string? Warning(IReadOnlyList<LeafResult> results)
    {
        var (cut, calls) = (Count(results), results.Sum(static result => result.Calls));
        return cut > 0 && cut >= Many * calls
            ? string.Create(CultureInfo.InvariantCulture, $"{cut} of {calls} answers were cut at the token limit and not used: {Advice}")
            : null;
    }
}
