using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Ilab.Native.Llama;

namespace Ilab.Runner.Inference.Speculation;

/// <summary>
/// A smaller model with the same vocabulary, which guesses what the larger one is going to say. It reads along: each answer that it guesses for has a sequence
/// of its own here. Used only by the decode thread.
/// </summary>
internal sealed class DraftModel(LlamaModel model, LlamaContext context, DraftLimits limits) : IDisposable
{
    /// <summary>A guess that it holds for less likely ends the guessing: the larger model would hardly agree.</summary>
    private const float Unsure = 0.5f;

    private const double Rate = 1.0 / 4;

    private readonly LlamaBatch _batch = new(limits.BatchSize);
    private readonly DraftSequence[] _sequences = [.. Enumerable.Range(0, limits.Sequences).Select(static id => new DraftSequence(id))];
    private readonly double[] _costs = new double[limits.Sequences + 1]; // seconds by answers
    private readonly float[] _powers = new float[model.Vocabulary.Count];
    private readonly List<DraftSequence> _active = [];

    /// <summary>Bytes of its weights.</summary>
    public ulong Weights { get; } = model.Size;

    /// <summary>Seconds of one more guess for each of so many answers; 0 = not measured yet.</summary>
    public double Cost(int answers) => _costs[answers];

    /// <summary>A sequence for an answer: the free one that has read most of its prompt, else one that has read nothing.</summary>
    public DraftSequence Take(int[] prompt)
    {
        var best = _sequences
            .Where(static sequence => !sequence.IsTaken)
            .MaxBy(sequence => (CollectionsMarshal.AsSpan(sequence.Tokens).CommonPrefixLength(prompt), -sequence.Tokens.Count))!;
        (best.IsTaken, best.IsLost, best.Checked) = (true, false, 0);
        return best;
    }

    /// <summary>
    /// Guesses how the texts of answers go on, up to <paramref name="count"/> tokens of each, into <see cref="DraftSequence.Guesses"/>: fewer where it becomes
    /// unsure or the answer would end, none while it has not read the text, and none any more for what it cannot read.
    /// </summary>
    public void Guess(IEnumerable<DraftSequence> answers, int count)
    {
        _active.Clear();
        foreach (var sequence in answers)
        {
            sequence.Guesses.Clear();
            var text = CollectionsMarshal.AsSpan(sequence.Text);
            sequence.IsLost |= text.Length + count > limits.ContextLength || text[sequence.Checked..].ContainsAnyExceptInRange(0, model.Vocabulary.Count - 1);
            sequence.Checked = text.Length;
            sequence.IsReading = !sequence.IsLost;
            if (!sequence.IsLost)
            {
                Cut(sequence, Math.Min(text.Length - 1, CollectionsMarshal.AsSpan(sequence.Tokens).CommonPrefixLength(text)));
                _active.Add(sequence);
            }
        }

        CatchUp();
        for (var guessed = 0; guessed < count && _active.Count > 0; guessed++)
        {
            Step();
        }
    }

    public void Dispose()
    {
        _batch.Dispose();
        context.Dispose();
        model.Dispose();
    }

    private void Cut(DraftSequence sequence, int keep)
    {
        if (keep < sequence.Tokens.Count)
        {
            context.Forget(sequence.Id, keep);
            sequence.Tokens.RemoveRange(keep, sequence.Tokens.Count - keep);
        }
    }

    /// <summary>Reads the texts but their last tokens, as much of them as fits into one step: others wait for it. Who has more to read leaves.</summary>
    private void CatchUp()
    {
        _batch.Clear();
        foreach (var sequence in _active)
        {
            while (_batch.Room > 0 && sequence.Tokens.Count < sequence.Text.Count - 1)
            {
                Add(sequence, sequence.Text[sequence.Tokens.Count], logits: false);
            }
        }

        if (_batch.Count > 0 && !Decode())
        {
            return;
        }

        foreach (var sequence in _active)
        {
            sequence.IsReading = sequence.Tokens.Count < sequence.Text.Count - 1;
        }

        _active.RemoveAll(static sequence => sequence.IsReading);
    }

    /// <summary>One more guess for each; those that end leave.</summary>
    private void Step()
    {
        _batch.Clear();
        foreach (var sequence in _active)
        {
            Add(sequence, sequence.Guesses.Count > 0 ? sequence.Guesses[^1] : sequence.Text[^1], logits: true);
        }

        var start = Stopwatch.GetTimestamp();
        if (!Decode())
        {
            return;
        }

        for (var index = _active.Count - 1; index >= 0; index--)
        {
            var logits = context.Logits(index);
            var likeliest = TensorPrimitives.IndexOfMax(logits);
            if (likeliest >= limits.Vocabulary || IsUnsure(logits, logits[likeliest]) || model.Vocabulary.IsEndOfGeneration(likeliest))
            {
                _active.RemoveAt(index);
                continue;
            }

            _active[index].Guesses.Add(likeliest);
        }

        ref var cost = ref _costs[_batch.Count];
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cost = cost > 0 ? cost + (Rate * (seconds - cost)) : seconds;
    }

    private bool IsUnsure(ReadOnlySpan<float> logits, float largest)
    {
        TensorPrimitives.Subtract(logits, largest, _powers);
        TensorPrimitives.Exp(_powers, _powers);
        return 1 / TensorPrimitives.Sum<float>(_powers) < Unsure;
    }

    private void Add(DraftSequence sequence, int token, bool logits)
    {
        _batch.Add(token, sequence.Tokens.Count, sequence.Id, logits);
        sequence.Tokens.Add(token);
    }

    private bool Decode()
    {
        int result;
        while ((result = context.Decode(_batch)) == 1 && ForgetOne()) { }

        if (result != 0)
        {
            // Which of the rows were read is not known.
            foreach (var sequence in _active)
            {
                Cut(sequence, 0);
                sequence.Guesses.Clear();
                sequence.IsLost = true;
            }

            _active.Clear();
        }

        return result == 0;
    }

    private bool ForgetOne()
    {
        var free = _sequences.FirstOrDefault(static sequence => sequence is { IsTaken: false, Tokens.Count: > 0 });
        if (free is not null)
        {
            Cut(free, 0);
        }

        return free is not null;
    }
}

/// <summary>Sizes of a draft model.</summary>
/// <param name="Sequences">Answers that it guesses for at once.</param>
/// <param name="ContextLength">Tokens per sequence.</param>
/// <param name="BatchSize">Maximum tokens per step.</param>
/// <param name="Vocabulary">Tokens that the larger model has.</param>
internal sealed record DraftLimits(int Sequences, int ContextLength, int BatchSize, int Vocabulary);

/// <summary>What a draft model has read of an answer.</summary>
internal sealed class DraftSequence(int id)
{
    public int Id { get; } = id;

    /// <summary>Whether an answer uses it; what was read of one that has ended may be of use to another.</summary>
    public bool IsTaken { get; set; }

    /// <summary>Tokens in its cache.</summary>
    public List<int> Tokens { get; } = [];

    /// <summary>Prompt and answer up to the last token.</summary>
    public List<int> Text { get; } = [];

    /// <summary>Tokens of the text that are known to be in the vocabulary.</summary>
    public int Checked { get; set; }

    /// <summary>Whether it has not read the text yet.</summary>
    public bool IsReading { get; set; }

    /// <summary>Whether it cannot read this text.</summary>
    public bool IsLost { get; set; }

    /// <summary>How it may go on.</summary>
    public List<int> Guesses { get; } = [];

    /// <summary>Sets the text.</summary>
    /// <param name="tokens">All but the last token.</param>
    /// <param name="last">The last one.</param>
    public void Set(List<int> tokens, int last)
    {
        CollectionsMarshal.SetCount(Text, tokens.Count);
        CollectionsMarshal.AsSpan(tokens).CopyTo(CollectionsMarshal.AsSpan(Text));
        Text.Add(last);
    }
}
