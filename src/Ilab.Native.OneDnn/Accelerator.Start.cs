using Ilab.Native.OneDnn.Backend;
using Ilab.Native.OneDnn.Checks;
using Ilab.Native.OneDnn.Coded;
using Ilab.Native.OneDnn.Loading;

namespace Ilab.Native.OneDnn;

public sealed unsafe partial class Accelerator
{
    /// <param name="reason">Why there is none: one line.</param>
    /// <returns>Null when nothing is faster here than llama.cpp alone; everything works without.</returns>
    public static Accelerator? TryStart(AcceleratorOptions options, out string reason) => TryStart(options, SelfCheck.First, out reason, out _);

    /// <summary>As the other, and checks the products of all types of weights, not of those alone that a model needs.</summary>
    /// <param name="measured">How far its products are from exact ones on this machine; empty = it did not come so far.</param>
    /// <inheritdoc cref="TryStart(AcceleratorOptions, out string)"/>
    public static Accelerator? TryStart(AcceleratorOptions options, out string reason, out IReadOnlyList<CheckedProduct> measured) =>
        TryStart(options, SelfCheck.All, out reason, out measured);

    private static Accelerator? TryStart(AcceleratorOptions options, IReadOnlyList<int> types, out string reason, out IReadOnlyList<CheckedProduct> measured)
    {
        lock (Gate)
        {
            (reason, measured) = ("", _current?.Record.Checked ?? []);
            if (_current is not null)
            {
                return _current;
            }

            var library = OneDnnLibrary.TryLoad(options.Directory, out reason);
            _current =
                (library is null ? null : TryStart(library, options, types, ref reason, ref measured))
                ?? TryStart(null, options, types, ref reason, ref measured);
            if (_current is not null)
            {
                AcceleratorDevice.Register(_current.Name);
            }

            return _current;
        }
    }

    private static Accelerator? TryStart(
        OneDnnLibrary? library,
        AcceleratorOptions options,
        IReadOnlyList<int> types,
        ref string reason,
        ref IReadOnlyList<CheckedProduct> measured
    )
    {
        if (library is null && !CodedWeight.IsSupported)
        {
            return null; // the reason is why there is no oneDNN
        }

        var accelerator = new Accelerator(library, options);
        if (accelerator.IsRight(types, out var wrong, out measured))
        {
            return accelerator;
        }

        reason = wrong;
        return null;
    }

    private bool IsRight(IReadOnlyList<int> types, out string reason, out IReadOnlyList<CheckedProduct> measured)
    {
        (reason, measured) = ("", []);
        try
        {
            measured = Options.Fresh ? Measure(types) : Measured(types);
            var wrong = measured.FirstOrDefault(product => !product.IsGood && types.Any(type => SelfCheck.IsOf(product, type)));
            reason = wrong is null
                ? ""
                : $"{Name} is too inexact here: {wrong.Type}, {wrong.Rows} rows: error {wrong.Accelerated:E1}, at most {wrong.Bound:E1} is allowed";
        }
        catch (OneDnnException exception)
        {
            reason = exception.Message;
        }

        return reason.Length == 0;
    }
}
