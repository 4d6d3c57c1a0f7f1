using System.Text;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Chat;

/// <summary>
/// Reads one generation to its end. A broken stream is resumed at the next offset, so that a restart of the service goes unnoticed. When the caller stops the
/// answer, the generation is cancelled in the service.
/// </summary>
public sealed class AnswerReader(IGenerations service, TimeProvider time)
{
    private static readonly TimeSpan ReconnectTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(2);

    /// <param name="request">With a generation id.</param>
    /// <param name="view">Receives each event once.</param>
    /// <param name="stop">Cancels the generation.</param>
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
                bool resumed = state.Known;
                await foreach (GenerateResponse e in events.WithCancellation(stop))
                {
                    broken = null;
                    if (state.Handle(e, view, resumed))
                        return state.ToAnswer(stopped: false);
                }

                throw new IlabException(ErrorKind.Internal, "the answer ended early", "try again") { IsConnectionLost = true };
            }
            catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or IlabException)
            {
                await StopAsync(request.GenerationId);
                return state.ToAnswer(stopped: true);
            }
            catch (IOException)
            {
                // The reader of the output has gone (`... | head`): stop computing.
                await StopAsync(request.GenerationId);
                throw;
            }
            catch (IlabException e) when (e.IsConnectionLost && state.Known && (broken is null || time.GetElapsedTime(brokenAt) < ReconnectTimeout))
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
                    $"connection lost; the answer was not kept ({e.Message})",
                    "try again"
                );
            }

            await DelayAsync(stop);
        }
    }

    private async Task DelayAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(RetryDelay, time, stop);
        }
        catch (OperationCanceledException)
        {
            // The next attempt sees it and cancels.
        }
    }

    private async Task StopAsync(string generationId)
    {
        // The caller's token is already cancelled; the cancel request has its own, short timeout.
        using var stopToken = new CancellationTokenSource(CancelTimeout, time);
        try
        {
            await service.CancelAsync(generationId, stopToken.Token);
        }
        catch (Exception e) when (e is IlabException or OperationCanceledException)
        {
            // The service cancels a generation without a reader after a grace period.
        }
    }

    private sealed class State(string generationId)
    {
        private readonly StringBuilder _text = new();
        private GenerationStarted? _started;
        private GenerationFinished? _finished;

        /// <summary>True once the service has sent an event of this generation.</summary>
        public bool Known { get; private set; }

        public ulong Next { get; private set; }

        /// <returns>True at the last event.</returns>
        public bool Handle(GenerateResponse e, IAnswerView view, bool resumed)
        {
            if (resumed && e.Offset < Next)
                return false; // received before the stream broke
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
