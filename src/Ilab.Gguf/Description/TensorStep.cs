namespace Ilab.Gguf.Description;

/// <summary>What happens to a tensor on its way into a GGUF. Lengths are expressions of <see cref="Measures"/>; axes count from the slowest.</summary>
public abstract record TensorStep;

/// <summary>
/// One axis, seen as <c>Outer x A x B x Inner</c>, becomes <c>Outer x B x A x Inner</c>: rotary pairs, heads x 3 to 3 x heads, groups of heads.
/// </summary>
/// <param name="From">Where on the axis this begins; what is before stays.</param>
public sealed record Swap(string Outer, string A, string B, string Inner = "1", int Axis = 0, string From = "0") : TensorStep
{
    /// <summary>
    /// Rotary pairs of a projection: Hugging Face keeps the two halves of a head apart (value i turns with value i + d/2), some graphs of llama.cpp want the
    /// two side by side.
    /// </summary>
    /// <param name="heads">How many heads the rows are of.</param>
    /// <param name="head">Rows of a head.</param>
    public static Swap Pairs(string heads, string head = "head") => new(heads, "2", $"({head}) / 2");
}

/// <summary>Some of an axis: <paramref name="Count"/> entries from <paramref name="Start"/> on, every <paramref name="Stride"/>-th.</summary>
public sealed record Take(string Start, string Count, int Stride = 1, int Axis = 0) : TensorStep;

/// <summary>
/// Groups of rows, each of which has parts of several kinds, become the parts of all groups kind by kind: queries, keys and values of groups of heads become
/// all queries, all keys, all values.
/// </summary>
/// <param name="Groups">How many groups there are.</param>
/// <param name="Parts">Rows of each kind in a group.</param>
public sealed record Gather(string Groups, params IReadOnlyList<string> Parts) : TensorStep;

/// <summary>Rows at the beginning carry nothing and are left out; they are zero on the way back.</summary>
public sealed record LeaveOut(string Count) : TensorStep;

/// <summary>The last two axes change places.</summary>
public sealed record Transpose : TensorStep;

/// <summary>The same values in another shape of as many.</summary>
public sealed record Reshape(params IReadOnlyList<string> Shape) : TensorStep;

/// <summary>A number is added to each value, e.g. 1 to the norms of Gemma.</summary>
public sealed record Shift(double Amount) : TensorStep;

/// <summary>Each value is multiplied by numbers of the config, one after the other; one that the config lacks counts as 1.</summary>
/// <param name="Keys">Keys, or <c>key[index]</c> of a list.</param>
public sealed record Scale(params IReadOnlyList<string> Keys) : TensorStep;

/// <summary>Runs of rows are each multiplied by a number of the config.</summary>
public sealed record ScaleRows(params IReadOnlyList<(string Rows, string Key)> Runs) : TensorStep;

/// <summary>x becomes -exp(x): the decay of state-space layers is stored as its logarithm.</summary>
public sealed record NegativeExponential : TensorStep;
