namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>
/// Latent attention as its paper writes it: keys and values of each head are made of one short vector, and all heads share the part of the keys that turns.
/// </summary>
internal sealed class PlainLatent(PlainDecoder decoder, Tape tape, string path)
{
    private readonly (string Type, int Width, int Heads, int KeyHeads, double Epsilon, string Path) _of = decoder.Measures;

    private int Plain => (int)decoder.Number("qk_nope_head_dim");

    private int Turning => (int)decoder.Number("qk_rope_head_dim");

    private int Values => (int)decoder.Number("v_head_dim");

    private int Rank => (int)decoder.Number("kv_lora_rank");

    public Value Apply(Value x)
    {
        var query = decoder.Has(path + "q_a_proj.weight")
            ? decoder.Linear(path + "q_b_proj", decoder.Normed(decoder.Linear(path + "q_a_proj", x), path + "q_a_layernorm"))
            : decoder.Linear(path + "q_proj", x);
        var joint = decoder.Linear(path + "kv_a_proj_with_mqa", x);
        var vector = decoder.Normed(tape.Take(joint, [.. Enumerable.Range(0, Rank)]), path + "kv_a_layernorm");
        var place = tape.Take(joint, [.. Enumerable.Range(Rank, Turning)]);
        var both = decoder.Linear(path + "kv_b_proj", vector);
        var key = Keys(both, place);
        var value = tape.Take(both, [.. Columns(Plain + Values, Plain, Values)]);
        var attention = new PlainAttention(_of.Heads, _of.Heads, Plain + Turning, 1 / Math.Sqrt(Plain + Turning), 0, 0);
        return decoder.Linear(path + "o_proj", attention.Apply(tape, Turned(query), Turned(key), value));
    }

    private IEnumerable<int> Columns(int each, int first, int count) =>
        Enumerable.Range(0, _of.Heads).SelectMany(head => Enumerable.Range((head * each) + first, count));

    /// <summary>Of each head, what its matrix makes of the vector, and the part that all share.</summary>
    private Value Keys(Value both, Value place)
    {
        var (size, result) = (Plain + Turning, new Value(both.Rows, _of.Heads * (Plain + Turning)));
        Each((at, from, isShared) => result.Data[at] = (isShared ? place : both).Data[from]);
        tape.Then(() => Each((at, from, isShared) => (isShared ? place : both).Slope[from] += result.Slope[at]));
        return result;

        void Each(Action<int, int, bool> use)
        {
            for (var index = 0; index < result.Data.Length; index++)
            {
                var (row, head, column) = (index / result.Columns, index % result.Columns / size, index % size);
                var isShared = column >= Plain;
                use(index, isShared ? (row * Turning) + column - Plain : (row * both.Columns) + (head * (Plain + Values)) + column, isShared);
            }
        }
    }

    // Neighbours turn, in the last part of each head.
    private Value Turned(Value x)
    {
        var size = Plain + Turning;
        (int, int)[] pairs =
        [
            .. Enumerable
                .Range(0, _of.Heads)
                .SelectMany(head => Enumerable.Range(0, Turning / 2).Select(pair => (head * size) + Plain + (2 * pair)))
                .Select(static start => (start, start + 1)),
        ];
        var rope = new PlainRope(decoder, false, Turning);
        return tape.Turn(x, pairs, (row, pair) => row * rope.Frequency(pair % (Turning / 2)), rope.Length);
    }
}
