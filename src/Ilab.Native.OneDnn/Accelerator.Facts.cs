using Ilab.Native.Llama.Threads;
using Ilab.Native.OneDnn.Checks;
using Ilab.Native.OneDnn.Coded;

namespace Ilab.Native.OneDnn;

/// <summary>What is found out about the machine when a model needs it, and kept in the record.</summary>
public sealed partial class Accelerator
{
    private readonly Dictionary<string, long> _floatRows = [];

    /// <summary>Whether products of weights of this type are right on this machine, which is found out when the first model has some.</summary>
    internal bool IsRight(int type)
    {
        lock (Gate)
        {
            try
            {
                return Measured([type]).Where(product => SelfCheck.IsOf(product, type)).All(static product => product.IsGood);
            }
            catch (OneDnnException)
            {
                return false;
            }
        }
    }

    /// <summary>Rows from which on floats are faster than codes of a type; a fact of the machine.</summary>
    internal long FloatRows(int type)
    {
        if (Kernels is null || Strict)
        {
            return BlockCodes.FewestOfFloats; // there are none, or they serve what cannot be coded alone
        }

        var name = $"floats after codes, {(BlockCodes.HasMinimum(type) ? "with" : "without")} minimum";
        lock (Gate)
        {
            if (_floatRows.TryGetValue(name, out var known))
            {
                return known;
            }

            if (Record.Threshold(name) is not { } rows)
            {
                try
                {
                    rows = FloatsAfterCodes.Find(this, type);
                }
                catch (Exception exception) when (exception is OneDnnException or OutOfMemoryException)
                {
                    return BlockCodes.FewestOfFloats; // another load finds it out
                }

                if (!ComputeThreads.Current.IsBusy)
                {
                    Record.SetThreshold(name, rows);
                }
            }

            return _floatRows[name] = rows;
        }
    }

    /// <summary>What is known of the products, at least of those of these types.</summary>
    private IReadOnlyList<CheckedProduct> Measured(IReadOnlyList<int> types)
    {
        var missing = types.Except(Record.CheckedTypes).ToArray();
        return missing.Length == 0 ? Record.Checked : Measure(missing);
    }

    private IReadOnlyList<CheckedProduct> Measure(IReadOnlyList<int> types)
    {
        Record.AddChecked(types, SelfCheck.Run(this, types));
        return Record.Checked;
    }
}
