using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics.Tensors;
using LLama;
using LLama.Batched;
using LLama.Common;
using LLama.Native;

namespace Ilab.Benchmarks.LlamaSharp;

/// <summary>Several requests at once by LLamaSharp's batched executor: all that wait go into the next inference, the likeliest token is taken.</summary>
internal sealed class PeerBatches : IDisposable
{
    private readonly LLamaWeights _model;
    private readonly BatchedExecutor _executor;
    private readonly BlockingCollection<(string Id, int Tokens, string Prompt)> _arrivals = [];
    private readonly List<Answer> _answers = [];

    /// <param name="sequences">Requests at once.</param>
    /// <param name="contextLength">Tokens per sequence.</param>
    public PeerBatches(string model, int threads, int sequences, int contextLength)
    {
        NativeLibraryConfig.All.WithLogCallback(static (_, _) => { });
        var parameters = new ModelParams(model)
        {
            ContextSize = (uint)(sequences * contextLength),
            SeqMax = (uint)sequences,
            Threads = threads,
            BatchThreads = threads,
            GpuLayerCount = 0,
        };
        _model = LLamaWeights.LoadFromFile(parameters);
        _executor = new BatchedExecutor(_model, parameters);
    }

    /// <summary>Reads lines "ID TOKENS PROMPT" and writes "ID first" with the first token of each answer, and "ID TOKENS" with the last one.</summary>
    public async Task ServeAsync(TextReader input, TextWriter output)
    {
        var reading = Task.Run(() =>
        {
            while (input.ReadLine() is { Length: > 0 } line)
            {
                var parts = line.Split(' ', 3);
                _arrivals.Add((parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]));
            }

            _arrivals.CompleteAdding();
        });
        while (Begin())
        {
            var result = await _executor.Infer();
            if (result != DecodeResult.Ok)
            {
                throw new InvalidOperationException($"infer: {result}");
            }

            foreach (var answer in _answers.Where(static answer => answer.Conversation.RequiresSampling).ToArray())
            {
                Continue(answer, output);
            }
        }

        await reading;
    }

    public void Dispose()
    {
        _executor.Dispose();
        _model.Dispose();
        _arrivals.Dispose();
    }

    /// <returns>Whether there is something to do; waits for it.</returns>
    private bool Begin()
    {
        while (_arrivals.TryTake(out var arrival, _answers.Count == 0 ? Timeout.Infinite : 0))
        {
            var conversation = _executor.Create();
            conversation.Prompt(_executor.Context.Tokenize(arrival.Prompt, true, false));
            _answers.Add(new Answer(arrival.Id, arrival.Tokens, conversation));
        }

        return _answers.Count > 0;
    }

    private void Continue(Answer answer, TextWriter output)
    {
        var token = (LLamaToken)TensorPrimitives.IndexOfMax<float>(answer.Conversation.Sample());
        if (++answer.Made == 1)
        {
            output.WriteLine($"{answer.Id} first");
        }

        if (answer.Made < answer.Tokens)
        {
            answer.Conversation.Prompt(token);
            return;
        }

        _answers.Remove(answer);
        answer.Conversation.Dispose();
        output.WriteLine(FormattableString.Invariant($"{answer.Id} {answer.Made}"));
    }

    private sealed class Answer(string id, int tokens, Conversation conversation)
    {
        public string Id => id;

        public int Tokens => tokens;

        public Conversation Conversation => conversation;

        public int Made { get; set; }
    }
}
