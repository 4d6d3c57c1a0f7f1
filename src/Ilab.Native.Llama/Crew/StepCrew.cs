using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Crew;

/// <summary>
/// Computes the steps of single tokens on a machine whose CPUs others use too. ggml's threads wait for each other at every node, so that one that has lost its
/// CPU holds up all. Here no thread has to wait for another one: what a thread that was interrupted has begun, any other computes once more, and whoever is
/// first gives his result. There are several threads for each CPU, of which as many run as the machine lets run; it does not matter which. What cannot be cut
/// up, and is over in microseconds, the thread does that finished the part before it.
/// </summary>
internal sealed unsafe class StepCrew : IDisposable
{
    private const int UnitBits = 16;
    private static readonly long Microsecond = Stopwatch.Frequency / 1_000_000;
    private static long _repeated;
    private static int _awake;
    private static readonly TimeSpan Nap = TimeSpan.FromMicroseconds(50);
    private readonly Words* _words = (Words*)NativeMemory.AlignedAlloc((nuint)sizeof(Words), 64);
    private readonly List<(Thread Thread, CrewMember Member)> _members = [];
    private readonly CrewMember _caller = new();
    private readonly CrewPlan _plan = new();
    private readonly CrewParts _parts;
    private long _step;
    private int _status;

    /// <param name="threads">Threads that compute; the caller waits.</param>
    public StepCrew(int threads)
    {
        const int Stack = 1 << 20;
        *_words = default;
        _parts = new CrewParts(_plan);
        for (var index = 0; index < threads; index++)
        {
            var member = new CrewMember();
            var thread = new Thread(() => Serve(member), Stack) { IsBackground = true, Name = "ilab crew" };
            _members.Add((thread, member));
            thread.Start();
        }
    }

    public int Threads => _members.Count;

    /// <summary>For tests: called by a thread that has taken a part.</summary>
    public static Action? Hindrance { get; set; }

    /// <summary>Parts that were computed in vain in this process, because another thread was first.</summary>
    public static long Repeated => Interlocked.Read(ref _repeated);

    /// <summary>Prepares a graph; see <see cref="CrewPlan.TryMake"/>.</summary>
    /// <param name="fewestBytes">Graphs with smaller weights are not worth waking the threads.</param>
    public bool TryPrepare(nint graph, long fewestBytes) => _plan.TryMake(graph) && _plan.Bytes >= fewestBytes;

    /// <summary>Computes the graph that was prepared.</summary>
    /// <returns>ggml's status.</returns>
    public int Compute()
    {
        _step++;
        _status = 0;
        _parts.Begin(_step);
        using var briefly = BriefSlice.Ask();
        Lead(_caller, _step, 0);
        if (!IsOver(Volatile.Read(ref _words->Progress)))
        {
            Volatile.Write(ref _words->Call, (int)_step);
            Futex.Wake(&_words->Call, 1);
        }

        while (Volatile.Read(ref _words->Over) is var over && over != (int)_step)
        {
            Futex.Wait(&_words->Over, over);
        }

        return _status;
    }

    /// <summary>Waits until no thread of any crew looks at anything of a step: weights may go then. None may be computing.</summary>
    public static void Rest()
    {
        while (Volatile.Read(ref _awake) != 0)
        {
            Thread.Yield();
        }
    }

    public void Dispose()
    {
        Volatile.Write(ref _words->Ends, 1);
        Interlocked.Increment(ref _words->Call);
        Futex.Wake(&_words->Call, int.MaxValue);
        foreach (var (thread, member) in _members)
        {
            thread.Join();
            member.Dispose();
        }

        _caller.Dispose();
        _plan.Dispose();
        NativeMemory.AlignedFree(_words);
    }

    private bool IsOver(long progress) => (progress >> UnitBits) != _step || (progress & ((1 << UnitBits) - 1)) == (1 << UnitBits) - 1;

    private void Serve(CrewMember member)
    {
        for (var seen = 0; ; )
        {
            while (Volatile.Read(ref _words->Call) == seen)
            {
                Futex.Wait(&_words->Call, seen);
            }

            Interlocked.Increment(ref _awake);
            seen = Volatile.Read(ref _words->Call);
            if (Volatile.Read(ref _words->Ends) != 0)
            {
                Interlocked.Decrement(ref _awake);
                return;
            }

            if (Interlocked.Exchange(ref _words->Called, seen) != seen)
            {
                // The first wakes the others: the caller sleeps by now, and its CPU is free for one of them.
                Futex.Wake(&_words->Call, int.MaxValue);
            }

            Carry(member);
            Interlocked.Decrement(ref _awake);
        }
    }

    /// <summary>Does parts until the step is over.</summary>
    private void Carry(CrewMember member)
    {
        const int Patience = 40; // microseconds
        var (seen, since) = (0L, 0L);
        for (long progress; !IsOver(progress = Volatile.Read(ref _words->Progress)); )
        {
            if (TryPart(member, progress) != CrewParts.Nothing)
            {
                seen = 0;
                continue;
            }

            // Somebody leads: if he does not come to it, he may need this CPU.
            var now = Stopwatch.GetTimestamp();
            if (seen != progress)
            {
                (seen, since) = (progress, now);
            }
            else if (now - since > Patience * Microsecond)
            {
                Futex.Sleep(Nap);
                since = Stopwatch.GetTimestamp();
            }
        }
    }

    /// <returns>What there was to do.</returns>
    private int TryPart(CrewMember member, long progress)
    {
        var (step, index) = (progress >> UnitBits, (int)(progress & ((1 << UnitBits) - 1)));
        var unit = _plan.Units[index];
        var part = _plan.Has(unit.FirstState, unit.Parts) ? _parts.Choose(unit, step, index) : CrewParts.Going;
        if (part < 0)
        {
            Thread.SpinWait(5);
            return part;
        }

        member.Load(_plan.Tensors + index);
        if (Volatile.Read(ref _words->Progress) != progress)
        {
            return part; // over in the meantime, and what was loaded may be of another step
        }

        Hindrance?.Invoke();
        var began = Stopwatch.GetTimestamp();
        var result = member.Run(unit, part, step);
        if (!_parts.IsFirst(unit, part, step))
        {
            Interlocked.Increment(ref _repeated);
            return part;
        }

        if (result is { } made)
        {
            made.Make();
        }
        else
        {
            Volatile.Write(ref _status, -1);
        }

        if (_parts.End(unit, part, step, index, Stopwatch.GetTimestamp() - began))
        {
            Lead(member, step, index + 1);
        }

        return part;
    }

    /// <summary>Computes what one thread computes before a unit, and lets the others begin with it.</summary>
    private void Lead(CrewMember member, long step, int index)
    {
        var unit = _plan.Units + index;
        var status = Volatile.Read(ref _status) != 0 ? _status : member.Compute(_plan.Graph, unit->First, unit->Node);
        if (status == 0 && unit->Work != CrewWork.None)
        {
            unit->Input.Make();
            unit->Mask.Make();
            Volatile.Write(ref _words->Progress, (step << UnitBits) | (uint)index);
            return;
        }

        _status = status;
        Volatile.Write(ref _words->Progress, (step << UnitBits) | ((1 << UnitBits) - 1));
        Volatile.Write(ref _words->Over, (int)step);
        Futex.Wake(&_words->Over, 1);
    }

    /// <summary>What the threads look at while they wait, apart from each other.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct Words
    {
        /// <summary>Number of the step, and the unit.</summary>
        [FieldOffset(0)]
        public long Progress;

        [FieldOffset(64)]
        public int Call;

        [FieldOffset(68)]
        public int Ends;

        [FieldOffset(72)]
        public int Called;

        [FieldOffset(128)]
        public int Over;
    }
}
