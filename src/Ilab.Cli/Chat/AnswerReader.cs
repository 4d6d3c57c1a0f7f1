using System.Text;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Chat;

/// <summary>
/// Follows one generation to its end. A broken stream is taken up again at the next offset, so that a restart of the service
/// goes unnoticed; when the caller stops the answer, the service is told to stop working on it.
/// </summary>
public sealed class AnswerReader(IGenerations service, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(2);

    /// <param name="request">Has its generation id.</param>
    /// <param name="view">Is told of each event once.</param>
    /// <param name="stop">Ends the answer, here and in the service.</param>
    /// <exception cref="IlabException">The answer failed.</exception>
    public async Task<Answer> ReadAsync(GenerateRequest request, IAnswerView view, CancellationToken stop)
    {
        var state = new State(request.GenerationId);
        IlabException? broken = null;
        long brokenAt = 0;
        while (true)
        {
            try
            {
                IAsyncEnumerable<GenerateResponse> events = state.Known
                    ? service.AttachAsync(request.GenerationId, state.Next, stop)
                    : service.GenerateAsync(request, stop);
                bool again = state.Known;
                await foreach (GenerateResponse e in events.WithCancellation(stop))
                {
                    broken = null;
                    if (state.Take(e, view, again))
                        return state.ToAnswer(stopped: false);
                }

                throw new IlabException(ErrorKind.Internal, "The answer ended in the middle", "try again") { IsConnectionLost = true };
            }
            catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or IlabException)
            {
                await StopAsync(request.GenerationId);
                return state.ToAnswer(stopped: true);
            }
            catch (IOException)
            {
                // Nobody reads the output any more (`... | head`): no reason to go on computing it.
                await StopAsync(request.GenerationId);
                throw;
            }
            catch (IlabException e) when (e.IsConnectionLost && state.Known && (broken is null || time.GetElapsedTime(brokenAt) < Patience))
            {
                if (broken is null)
                {
                    brokenAt = time.GetTimestamp();
                    view.Reconnecting();
                }

                broken = e;
            }
            catch (IlabException e) when (broken is not null)
            {
                throw new IlabException(
                    e.Kind == ErrorKind.NotFound ? ErrorKind.RunnerLost : e.Kind,
                    $"The service went away in the middle of the answer and does not have it any more ({e.Message})",
                    "ask again");
            }

            await DelayAsync(stop);
        }
    }

    private async Task DelayAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(BetweenTries, time, stop);
        }
        catch (OperationCanceledException)
        {
            // The next try sees it and stops the answer.
        }
    }

    private async Task StopAsync(string generationId)
    {
        // The caller's token is already cancelled; telling the service has its own, short time.
        using var stopToken = new CancellationTokenSource(StopTime, time);
        try
        {
            await service.CancelAsync(generationId, stopToken.Token);
        }
        catch (Exception e) when (e is IlabException or OperationCanceledException)
        {
            // The service ends a generation that nobody reads by itself after its grace time.
        }
    }

    private sealed class State(string generationId)
    {
        private readonly StringBuilder _text = new();
        private GenerationStarted? _started;
        private GenerationFinished? _finished;

        /// <summary>True once the service has said anything of this generation.</summary>
        public bool Known { get; private set; }

        public ulong Next { get; private set; }

        /// <summary>True at the last event.</summary>
        public bool Take(GenerateResponse e, IAnswerView view, bool again)
        {
            if (again && e.Offset < Next)
                return false; // seen before the stream broke
            Known = true;
            Next = Math.Max(Next, e.Offset + 1);
            switch (e.EventCase)
            {
                case GenerateResponse.EventOneofCase.Queued:
                    view.Queued(e.Queued);
                    break;
                case GenerateResponse.EventOneofCase.Loading:
                    view.Loading(e.Loading);
                    break;
                case GenerateResponse.EventOneofCase.Started:
                    _started = e.Started;
                    view.Started(e.Started);
                    break;
                case GenerateResponse.EventOneofCase.Delta:
                    _text.Append(e.Delta.Text);
                    view.Delta(e.Delta);
                    break;
                case GenerateResponse.EventOneofCase.Finished:
                    _finished = e.Finished;
                    return true;
            }

            return false;
        }

        public Answer ToAnswer(bool stopped) =>
            new(_text.ToString(), _started, _finished, stopped || _finished?.Reason == FinishReason.Cancelled) { GenerationId = generationId };
    }
}
