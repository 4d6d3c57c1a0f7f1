using Ilab.Native.Llama;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference.Embeddings;

/// <summary>
/// Makes embeddings with a context of its own, which is made when it is first needed. Used by the thread that computes, as all native state of a model.
/// </summary>
/// <param name="model">Its weights are shared with the context that generates.</param>
/// <param name="options">Of the contexts; the sizes are chosen here.</param>
/// <param name="contextLength">Most tokens of an input.</param>
/// <param name="isExact">Computes as llama.cpp alone does; false = as text is generated. Quantized weights are multiplied by rounded activations, so that a
/// last digit that differs somewhere is a third one in the embedding: only the same computation gives the same embedding.</param>
internal sealed class Embedder(LlamaModel model, ContextOptions options, int contextLength, bool isExact = false) : IDisposable
{
    /// <summary>Most inputs of a batch.</summary>
    public const int MostSequences = 32;

    /// <summary>Tokens of a batch; one input may have more.</summary>
    public const int UsualBatch = 512;

    private readonly Vocabulary _vocabulary = model.Vocabulary;
    private LlamaContext? _context;
    private AdapterCache? _adapters;
    private LlamaBatch? _batch;
    private Pooling _asked;
    private int _capacity;

    /// <summary>Contexts made so far.</summary>
    public int Contexts { get; private set; }

    /// <summary>Most tokens of an input: a position beyond those of the training has no embedding.</summary>
    public int Longest { get; } = model.TrainedContextLength > 0 ? Math.Min(contextLength, model.TrainedContextLength) : contextLength;

    /// <summary>The tokens of an input, complete with the special tokens that the model wants around it.</summary>
    /// <exception cref="RunnerException">INVALID_ARGUMENT, CONTEXT_EXCEEDED.</exception>
    public int[] Tokenize(EmbedInput input, EmbedRequest request)
    {
        var tokens =
            input.Tokens.Count > 0 ? [.. input.Tokens]
            : request.Pooling == PoolingNames.Rank ? Pair(input)
            : _vocabulary.Tokenize(input.Text, addSpecial: true, parseSpecial: false);
        if (tokens.Length == 0)
        {
            throw new RunnerException(RunnerErrors.InvalidArgument, "an input is empty");
        }

        if (Array.Exists(tokens, token => token < 0 || token >= _vocabulary.Count))
        {
            throw new RunnerException(RunnerErrors.InvalidArgument, $"token ids are 0 to {_vocabulary.Count - 1}");
        }

        return tokens.Length <= Longest ? tokens
            : request.Truncate
                ? [.. tokens[..(Longest - 1)], tokens[^1] == _vocabulary.EndOfText || tokens[^1] == _vocabulary.Separator ? tokens[^1] : tokens[Longest - 1]]
            : throw new RunnerException(RunnerErrors.ContextExceeded, $"an input has {tokens.Length} tokens, more than the context of {Longest}; shorten it");
    }

    /// <summary>Computes one batch.</summary>
    /// <param name="inputs">Their tokens; at most <see cref="MostSequences"/>.</param>
    /// <param name="pooling">What was asked for.</param>
    /// <exception cref="RunnerException">The model has no such embeddings, or memory is short.</exception>
    public IReadOnlyList<Embedding> Embed(IReadOnlyList<int[]> inputs, Pooling pooling, EmbedRequest request)
    {
        var (context, batch) = Prepare(inputs.Sum(static tokens => tokens.Length), pooling);
        var adapters = request.Adapters.ToList();
        _adapters!.Load(adapters);
        _adapters.Trim(adapters.ToHashSet(StringComparer.Ordinal));
        _adapters.Use(adapters);
        batch.Clear();
        foreach (var (sequence, tokens) in inputs.Index())
        {
            foreach (var (position, token) in tokens.Index())
            {
                batch.Add(token, position, sequence, logits: true);
            }
        }

        if (context.Embed(batch) is not 0 and var code)
        {
            throw new RunnerException(RunnerErrors.Internal, $"llama.cpp cannot compute these embeddings (code {code})");
        }

        var made = new List<Embedding>();
        var index = 0;
        foreach (var (sequence, tokens) in inputs.Index())
        {
            var embedding = new Embedding { Tokens = (uint)tokens.Length };
            if (context.Pooling == Pooling.None)
            {
                foreach (var token in Enumerable.Range(index, tokens.Length))
                {
                    Add(embedding, context.EmbeddingOfToken(token), request);
                }
            }
            else
            {
                Add(embedding, context.EmbeddingOfSequence(sequence), request);
            }

            index += tokens.Length;
            made.Add(embedding);
        }

        return made;
    }

    public void Dispose()
    {
        _adapters?.Dispose();
        _context?.Dispose();
        _batch?.Dispose();
    }

    private void Add(Embedding embedding, ReadOnlySpan<float> values, EmbedRequest request)
    {
        if (values.IsEmpty)
        {
            throw new RunnerException(RunnerErrors.CannotLoad, $"the model ({model.Description}) makes no such embeddings");
        }

        if (request.Dimensions > values.Length)
        {
            throw new RunnerException(
                RunnerErrors.InvalidArgument,
                $"the embeddings of this model have {values.Length} dimensions, fewer than {request.Dimensions}"
            );
        }

        EmbeddingVector.AddTo(
            embedding.Values,
            request.Dimensions > 0 ? values[..(int)request.Dimensions] : values,
            isRaw: request.Raw || _asked == Pooling.Rank
        );
    }

    /// <summary>Scores are of a head that only classifiers have, and they have nothing else.</summary>
    private void Check(Pooling pooling)
    {
        var isClassifier = model.Metadata($"{model.Metadata("general.architecture")}.pooling_type") == $"{(int)Pooling.Rank}";
        if (pooling == Pooling.Rank && !isClassifier)
        {
            throw new RunnerException(RunnerErrors.CannotLoad, $"this model ({model.Description}) is no classifier: it cannot rank documents");
        }

        if (pooling == Pooling.OfModel && isClassifier)
        {
            throw new RunnerException(RunnerErrors.CannotLoad, $"this model ({model.Description}) is a classifier: it ranks documents and makes no embeddings");
        }
    }

    /// <summary>A context large enough: all tokens of a text are computed in one step, as their attention may look both ways.</summary>
    private (LlamaContext Context, LlamaBatch Batch) Prepare(int tokens, Pooling pooling)
    {
        if (_context is { } context && _batch is { } batch && _capacity >= tokens && _asked == pooling)
        {
            return (context, batch);
        }

        Check(pooling);
        Dispose();
        (_adapters, _context, _batch) = (null, null, null);
        _capacity = Math.Max(UsualBatch, (int)Math.Min(System.Numerics.BitOperations.RoundUpToPowerOf2((uint)tokens), (uint)Math.Max(tokens, Longest)));
        _asked = pooling;
        _context = Create(pooling);
        if (pooling == Pooling.OfModel && _context.Pooling == Pooling.None)
        {
            _context.Dispose();
            _context = Create(Pooling.Mean); // it says nothing
        }

        Contexts++;
        _adapters = new AdapterCache(_context);
        _batch = new LlamaBatch(_capacity);
        return (_context, _batch);
    }

    private LlamaContext Create(Pooling pooling)
    {
        try
        {
            return LlamaContext.Create(
                model,
                options with
                {
                    Cells = _capacity,
                    Sequences = MostSequences,
                    BatchSize = _capacity,
                    MicroBatchSize = _capacity,
                    Pooling = pooling,
                    IsPlain = isExact,
                }
            );
        }
        catch (LlamaException exception)
        {
            throw new RunnerException(RunnerErrors.CannotLoad, exception.Message);
        }
    }

    /// <summary>A question and a document, as classifiers are trained on them: each ends, and a separator stands between them.</summary>
    private int[] Pair(EmbedInput input)
    {
        var question = _vocabulary.Tokenize(input.Text, addSpecial: false, parseSpecial: false);
        var document = _vocabulary.Tokenize(input.Document, addSpecial: false, parseSpecial: false);
        int[] beginning = _vocabulary.AddsBeginOfText ? [_vocabulary.BeginOfText] : [];
        int[] end = _vocabulary.AddsEndOfText ? [_vocabulary.EndOfText >= 0 ? _vocabulary.EndOfText : _vocabulary.Separator] : [];
        int[] separator = _vocabulary.AddsSeparator ? [_vocabulary.Separator] : [];
        return [.. beginning, .. question, .. end, .. separator, .. document, .. end];
    }
}
