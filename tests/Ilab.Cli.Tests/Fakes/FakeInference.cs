using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;

namespace Ilab.Cli.Tests.Fakes;

/// <summary>Answers with <see cref="Text"/>, one word per event; can be told to hold in the middle or to fail.</summary>
public sealed class FakeInference : InferenceService.InferenceServiceBase
{
    public string Text { get; set; } = "Once upon a time there was a little girl named Lily.";

    /// <summary>Reports this instead of answering.</summary>
    public ErrorDetail? Fault { get; set; }

    /// <summary>Stops after so many events until the call is given up; -1 = never.</summary>
    public int HoldAfter { get; set; } = -1;

    public List<GenerateRequest> Requests { get; } = [];

    public List<AttachGenerationRequest> Attached { get; } = [];

    public List<string> Cancelled { get; } = [];

    public override Task Generate(GenerateRequest request, IServerStreamWriter<GenerateResponse> responseStream, ServerCallContext context)
    {
        Requests.Add(request);
        return PlayAsync(request.GenerationId, 0, responseStream, context);
    }

    public override Task Attach(AttachGenerationRequest request, IServerStreamWriter<GenerateResponse> responseStream, ServerCallContext context)
    {
        Attached.Add(request);
        return PlayAsync(request.GenerationId, (int)request.Offset, responseStream, context);
    }

    public override Task<CancelGenerationResponse> Cancel(CancelGenerationRequest request, ServerCallContext context)
    {
        Cancelled.Add(request.GenerationId);
        return Task.FromResult(new CancelGenerationResponse { WasRunning = true });
    }

    public override async Task Load(LoadModelRequest request, IServerStreamWriter<LoadModelProgress> responseStream, ServerCallContext context)
    {
        ThrowFault();
        await responseStream.WriteAsync(new LoadModelProgress { Phase = "loading", Fraction = 0.5f }, context.CancellationToken);
        await responseStream.WriteAsync(new LoadModelProgress { Phase = "ready", Fraction = 1 }, context.CancellationToken);
    }

    private async Task PlayAsync(string id, int from, IServerStreamWriter<GenerateResponse> stream, ServerCallContext context)
    {
        ThrowFault();
        IReadOnlyList<GenerateResponse> events = Events(id);
        for (int i = from; i < events.Count; i++)
        {
            if (i == HoldAfter)
                await Task.Delay(Timeout.Infinite, context.CancellationToken);

            await stream.WriteAsync(events[i], context.CancellationToken);
        }
    }

    private List<GenerateResponse> Events(string id)
    {
        string[] words = Text.Split(' ');
        List<GenerateResponse> events =
        [
            new()
            {
                Started = new GenerationStarted
                {
                    GenerationId = id,
                    ModelName = "tiny:latest",
                    Seed = 7,
                },
            },
        ];
        events.AddRange(
            words.Select(
                (w, i) =>
                    new GenerateResponse
                    {
                        Delta = new GenerationDelta { Text = (i > 0 ? " " : "") + w, TokenCount = 1 },
                    }
            )
        );
        events.Add(
            new GenerateResponse
            {
                Finished = new GenerationFinished
                {
                    Reason = FinishReason.Stop,
                    CompletionTokens = (uint)words.Length,
                    Seed = 7,
                },
            }
        );
        for (int i = 0; i < events.Count; i++)
            events[i].Offset = (ulong)i;
        return events;
    }

    private void ThrowFault()
    {
        if (Fault is { } fault)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, fault.Message), new Metadata { { "ilab-error-bin", fault.ToByteArray() } });
    }
}
