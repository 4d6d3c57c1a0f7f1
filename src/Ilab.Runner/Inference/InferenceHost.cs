using System.Collections.Concurrent;
using Google.Protobuf;
using Ilab.Native.Llama;
using Ilab.Native.Llama.Threads;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;
using Ilab.Runner.Inference.Embeddings;

namespace Ilab.Runner.Inference;

/// <summary>A loaded model with its decode loop, and the sessions that use it.</summary>
internal sealed class InferenceHost : IDisposable
{
    private const uint RandomSeed = uint.MaxValue; // tells llama.cpp to choose one
    private const string Unloading = "the model is being unloaded";

    private readonly LoadedModel _loaded;
    private readonly PromptRenderer _renderer;
    private readonly DecodeLoop _loop;
    private readonly Thread _thread;
    private readonly GenerationTable _generations = new(TimeProvider.System);
    private readonly ConcurrentDictionary<Session, byte> _sessions = new();
    private readonly ITimer _sweeper;
    private readonly Embedder _embedder;

    // Held while reading the vocabulary, so that the weights are not freed concurrently.
    private readonly Lock _reading = new();
    private volatile bool _draining;
    private bool _disposed;

    public InferenceHost(LoadedModel loaded, RunnerSpec spec)
    {
        _loaded = loaded;
        _renderer = new PromptRenderer(loaded.Model);
        var limits = new DecodeLimits(loaded.ContextLength, spec.Parallel, loaded.Sequences, spec.Batch, spec.Queue);
        _loop = new DecodeLoop(loaded.Context, limits, (_, urgent) => TellSessions(urgent));
        _loop.CostFile = StepCostKey.FileOf(loaded, spec);
        _loop.Speculates = spec.Speculation;
        _loop.Draft = loaded.Draft;
        _loop.Prompts = PromptStores.Of(loaded, spec);
        _embedder = new Embedder(loaded.Model, loaded.Options, loaded.ContextLength, spec.Accelerator.ExactEmbeddings);
        Embeddings = new EmbeddingDesk(_embedder, _loop.RunAsync);
        _thread = new Thread(_loop.Run) { Name = "decode", IsBackground = true };
        _thread.Start();
        _sweeper = TimeProvider.System.CreateTimer(_ => Sweep(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public EmbeddingDesk Embeddings { get; }

    /// <summary>Queued or running generations.</summary>
    public int Active => _loop.Active;

    /// <summary>Called on any thread when <see cref="Active"/> has changed, and every second.</summary>
    public Action? ActiveChanged
    {
        set => _loop.ActiveChanged = value;
    }

    public StatsResponse ReadStats() => _loop.ReadStats();

    public Session Open()
    {
        var session = new Session(_generations);
        _sessions.TryAdd(session, 0);
        return session;
    }

    public void Close(Session session) => _sessions.TryRemove(session, out _);

    /// <summary>Starts a generation and attaches the session to it; errors are reported as its last event.</summary>
    public void Submit(Submit request, Session session)
    {
        _generations.ForgetUnknown(request.GenerationId);
        var log = new GenerationLog(request.GenerationId);
        if (!_generations.TryAdd(log, TimeSpan.FromSeconds(request.OrphanGraceSeconds)))
        {
            session.Attach(request.GenerationId, 0); // sent twice: the first one counts
            return;
        }

        session.Attach(request.GenerationId, 0);
        if (_draining)
        {
            Fail(log, "BUSY", Unloading);
            return;
        }

        try
        {
            lock (_reading)
            {
                if (!_disposed)
                {
                    Begin(request, log);
                    return;
                }
            }

            Fail(log, "BUSY", Unloading);
        }
        catch (RunnerException exception)
        {
            Fail(log, exception.Kind, exception.Message);
        }
        catch (Exception exception)
        {
            // Whatever it is, it is the end of this generation, not of the session that it shares with others.
            Fail(log, RunnerErrors.Internal, exception.Message);
        }
    }

    /// <returns>Null if the model is being unloaded.</returns>
    public RenderResponse? Render(RenderRequest request)
    {
        lock (_reading)
        {
            if (_disposed)
            {
                return null;
            }

            try
            {
                var prompt = _renderer.Render(request.Conversation, !request.NoGenerationPrompt, request.Adapter);
                var response = new RenderResponse
                {
                    Text = prompt.Text,
                    Template = prompt.Template,
                    Warning = prompt.Warning,
                };
                foreach (var token in request.Tokens ? _renderer.Tokenize(prompt) : [])
                {
                    response.Tokens.Add(token);
                    response.Pieces.Add(ByteString.CopyFrom(Vocabulary.Piece(token, special: true)));
                }

                return response;
            }
            catch (RunnerException exception)
            {
                return new RenderResponse { ErrorKind = exception.Kind, Error = exception.Message };
            }
        }
    }

    /// <returns>Null if the model is being unloaded.</returns>
    public TokenizeResponse? Tokenize(TokenizeRequest request)
    {
        lock (_reading)
        {
            if (_disposed)
            {
                return null;
            }

            var response = new TokenizeResponse();
            foreach (var token in Vocabulary.Tokenize(request.Text, request.AddSpecial, request.ParseSpecial))
            {
                response.Tokens.Add(token);
                response.Pieces.Add(ByteString.CopyFrom(Vocabulary.Piece(token, special: true)));
            }

            return response;
        }
    }

    /// <returns>Null if the model is being unloaded.</returns>
    public DetokenizeResponse? Detokenize(DetokenizeRequest request)
    {
        lock (_reading)
        {
            if (_disposed)
            {
                return null;
            }

            using var text = new MemoryStream();
            foreach (var token in request.Tokens)
            {
                if (token < 0 || token >= Vocabulary.Count)
                {
                    return new DetokenizeResponse
                    {
                        ErrorKind = RunnerErrors.InvalidArgument,
                        Error = $"{token} is not a token of this model; it has tokens 0 to {Vocabulary.Count - 1}",
                    };
                }

                text.Write(Vocabulary.Piece(token, special: true));
            }

            return new DetokenizeResponse { Text = ByteString.CopyFrom(text.ToArray()) };
        }
    }

    public FindGenerationsResponse Find(FindGenerationsRequest request) => new() { GenerationIds = { _generations.Ending(request.Id) } };

    public void Attach(Attach request, Session session)
    {
        if (_generations.Find(request.GenerationId) is null)
        {
            var log = new GenerationLog(request.GenerationId);
            _generations.TryAdd(log, TimeSpan.Zero);
            Fail(log, RunnerErrors.NotFound, $"no such generation: {request.GenerationId}");
        }

        session.Attach(request.GenerationId, request.Offset);
    }

    public void Cancel(string id)
    {
        _generations.Cancel(id);
        _loop.Wake();
    }

    /// <summary>Rejects new requests and returns when the running ones have ended.</summary>
    public async Task DrainAsync(bool force, CancellationToken cancellationToken)
    {
        _draining = true;
        if (force)
        {
            _loop.Stop();
        }

        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Active > 0 && await timer.WaitForNextTickAsync(cancellationToken)) { }
    }

    public void Dispose()
    {
        lock (_reading)
        {
            _disposed = true;
        }

        _sweeper.Dispose();
        _loop.Stop();
        _thread.Join();
        _loop.Dispose();
        _embedder.Dispose();
        _loaded.Dispose();
    }

    private Vocabulary Vocabulary => _loaded.Model.Vocabulary;

    private void Begin(Submit request, GenerationLog log)
    {
        PromptRenderer.RequireTokens(request.Sampling.LogitBias.Keys, Vocabulary);
        var prompt = _renderer.Render(request, _loaded.ContextLength);
        if (prompt.Tokens.Length == 0)
        {
            Fail(log, RunnerErrors.InvalidArgument, "the prompt is empty and this model has no begin-of-text token to start from");
            return;
        }

        if (prompt.Tokens.Length >= _loaded.ContextLength)
        {
            Fail(log, RunnerErrors.ContextExceeded, TooLong(prompt.Tokens.Length));
            return;
        }

        log.Add(
            new GenerationEvent
            {
                Started = new Started
                {
                    PromptTokens = (uint)prompt.Tokens.Length,
                    Template = prompt.Template,
                    Warning = prompt.Warning,
                    LeftOut = (uint)prompt.LeftOut,
                    ContextLength = (uint)_loaded.ContextLength,
                    Seed = request.Sampling.Seed,
                    ModelName = request.ModelName,
                    ModelDigest = request.ModelDigest,
                    Thinks = prompt.Thinks,
                },
            }
        );
        var generation = new Generation(request, log, prompt.Tokens, SamplerChain.Create(Vocabulary, OptionsOf(request.Sampling)));
        _generations.SetGeneration(generation);
        _loop.Submit(generation);
    }

    private static SamplerOptions OptionsOf(Sampling sampling) =>
        new()
        {
            Temperature = sampling.Temperature,
            TopK = (int)Math.Min(sampling.TopK, int.MaxValue),
            TopP = sampling.TopP,
            MinP = sampling.MinP,
            RepeatPenalty = sampling.RepeatPenalty > 0 ? sampling.RepeatPenalty : 1,
            RepeatLastN = (int)Math.Min(sampling.RepeatLastN, int.MaxValue),
            FrequencyPenalty = sampling.FrequencyPenalty,
            PresencePenalty = sampling.PresencePenalty,
            Seed = Fold(sampling.Seed),
            LogitBias = sampling.LogitBias,
        };

    private static uint Fold(ulong seed)
    {
        var folded = (uint)(seed ^ (seed >> 32));
        return folded == RandomSeed ? RandomSeed - 1 : folded;
    }

    private string TooLong(int tokens)
    {
        var trained = _loaded.Model.TrainedContextLength;
        var remedy = tokens < trained ? $"; shorten it, or load the model with a larger context (--ctx, up to {trained})" : "; shorten it";
        return $"the prompt has {tokens} tokens, more than the context of {_loaded.ContextLength}{remedy}";
    }

    private void Fail(GenerationLog log, string kind, string message)
    {
        log.Add(
            new GenerationEvent
            {
                Failed = new Failed { ErrorKind = kind, Message = message },
            }
        );
        TellSessions(urgent: true);
    }

    private void TellSessions(bool urgent)
    {
        foreach (var (session, _) in _sessions)
        {
            session.Tell(urgent);
        }
    }

    private void Sweep()
    {
        ComputeThreads.Refresh();
        _loop.ActiveChanged?.Invoke(); // the number of threads may have changed
        if (_generations.Sweep())
        {
            _loop.Wake();
        }
    }
}
