using Ilab.Cli.Chat;

namespace Ilab.Cli.Commands.Model.Inference;

/// <summary>One shape of printing answers. Sees each come, then its end.</summary>
public interface ICompletionOutput : IAnswerView
{
    /// <summary>The answer is complete.</summary>
    void Complete(Answer answer);

    /// <summary>The answer failed or was stopped: what was begun is ended so that an error line stands on its own.</summary>
    void Abandon();
}
