using System.Diagnostics;

namespace Ilab.Native.Llama.Crew;

/// <summary>
/// Who does which part. A part is free, then somebody has begun it, perhaps several, the first who is ready gives its result, and then it is done. Each state
/// holds the number of its step: what a thread that comes too late asks of another step fails.
/// </summary>
internal sealed unsafe class CrewParts(CrewPlan plan)
{
    /// <summary>There is no part to take, but others may be at some of them.</summary>
    public const int Going = -1;

    /// <summary>There is nothing to wait for but a thread that leads.</summary>
    public const int Nothing = -2;
    private const int StateBits = 2;
    private const long Free = 0,
        Begun = 1,
        Giving = 2,
        Done = 3;
    private static readonly long Microsecond = Stopwatch.Frequency / 1_000_000;

    /// <summary>Makes all parts of the plan free.</summary>
    public void Begin(long step)
    {
        for (var unit = 0; unit < plan.UnitCount; unit++)
        {
            plan.Left[unit] = plan.Units[unit].Parts;
        }

        for (var state = 0; state < plan.StateCount; state++)
        {
            Volatile.Write(ref plan.States[state], State(step, Free));
        }
    }

    /// <summary>Takes a part that nobody has, or else one that somebody has had for longer than it takes.</summary>
    /// <returns>The part, <see cref="Going"/> or <see cref="Nothing"/>.</returns>
    public int Choose(in CrewUnit unit, long step, int index)
    {
        long* states = plan.States + unit.FirstState,
            taken = plan.Taken + unit.FirstState;
        for (var part = 0; part < unit.Parts; part++)
        {
            if (
                Volatile.Read(ref states[part]) == State(step, Free)
                && Interlocked.CompareExchange(ref states[part], State(step, Begun), State(step, Free)) == State(step, Free)
            )
            {
                taken[part] = Stopwatch.GetTimestamp();
                return part;
            }
        }

        var now = Stopwatch.GetTimestamp();
        var usual = plan.Usual[index];
        var isGoing = false;
        var late = usual == 0 ? 200 * Microsecond : (usual * 3 / 2) + (10 * Microsecond);
        for (var part = 0; part < unit.Parts; part++)
        {
            if (Volatile.Read(ref states[part]) == State(step, Begun))
            {
                if (now - taken[part] > late)
                {
                    taken[part] = now;
                    return part;
                }

                isGoing = true;
            }
        }

        return isGoing ? Going : Nothing;
    }

    /// <summary>Whether the result of a part is wanted: the caller gives it then, and calls <see cref="End"/>.</summary>
    public bool IsFirst(in CrewUnit unit, int part, long step) =>
        Interlocked.CompareExchange(ref plan.States[unit.FirstState + part], State(step, Giving), State(step, Begun)) == State(step, Begun);

    /// <param name="time">How long it took.</param>
    /// <returns>Whether it was the last of its unit.</returns>
    public bool End(in CrewUnit unit, int part, long step, int index, long time)
    {
        Learn(index, time);
        Volatile.Write(ref plan.States[unit.FirstState + part], State(step, Done));
        return Interlocked.Decrement(ref plan.Left[index]) == 0;
    }

    private static long State(long step, long state) => (step << StateBits) | state;

    private void Learn(int index, long time)
    {
        var usual = plan.Usual[index];
        plan.Usual[index] =
            usual == 0 ? time
            : time < usual ? (usual + time) / 2
            : usual + (usual / 64) + 1;
    }
}
