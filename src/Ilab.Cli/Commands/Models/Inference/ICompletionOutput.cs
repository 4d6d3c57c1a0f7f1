using Ilab.Cli.Chat;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>An output format for answers: sees the events of an answer, then its end.</summary>
public interface ICompletionOutput : IAnswerView
{
    /// <summary>The answer is complete.</summary>
    void Complete(Answer answer);

    /// <summary>The answer failed or was stopped: ends an open line so that an error stands on its own.</summary>
    void Abandon();
}
