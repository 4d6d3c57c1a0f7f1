namespace Ilab.Gguf.Conversion.Values;

/// <summary>
/// Something large that is read when it is needed, and let go when others were needed since: a few at a time are in memory, however many there are.
/// </summary>
public sealed class Loaded<T>(Func<T> load)
    where T : class
{
    private readonly Lock _gate = new();
    private readonly WeakReference<T> _value = new(null!);

    public T Value
    {
        get
        {
            lock (_gate)
            {
                if (!_value.TryGetTarget(out var value))
                {
                    value = load();
                    _value.SetTarget(value);
                    Recent.Keep(value);
                }

                return value;
            }
        }
    }
}

/// <summary>Keeps the last few things that were loaded.</summary>
internal static class Recent
{
    private const int Kept = 4;
    private static readonly object?[] Ring = new object?[Kept];
    private static int _next;

    public static void Keep(object value)
    {
        lock (Ring)
        {
            Ring[_next++ % Kept] = value;
        }
    }
}
