using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>Sends one request and prints its answer.</summary>
internal static class Completion
{
    /// <exception cref="OperationCanceledException">The answer was stopped.</exception>
    public static async Task<Answer> RunAsync(GenerateRequest request, ICompletionOutput output, TalkContext context, CancellationToken stop)
    {
        Answer? answer = null;
        try
        {
            answer = await context.Answers.ReadAsync(request, output, stop);
        }
        finally
        {
            if (answer is null || answer.Stopped)
                output.Abandon();
        }

        if (answer.Stopped)
            throw stop.IsCancellationRequested
                ? new OperationCanceledException(stop)
                : new IlabException(ErrorKind.Cancelled, "the answer was cancelled by another client", "try again");
        output.Complete(answer);
        return answer;
    }
}
