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
    private readonly CrewCall _call = new();
    private readonly long* _progress = (long*)NativeMemory.AlignedAlloc(64, 64); // of the step: its number, and the unit
    private readonly List<(Thread Thread, CrewMember Member)> _members = [];
    private readonly CrewMember _caller = new();
    private readonly CrewPlan _plan = new();
    private readonly CrewParts _parts;
    private readonly BriefSlice _slice = new();
    private long _step;
    private int _status;

    /// <param name="threads">Threads that compute; the caller waits.</param>
    public StepCrew(int threads)
    {
        const int Stack = 1 << 20;
        *_progress = 0;
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
        _slice.Ask();
        Lead(_caller, _step, 0);
        if (!IsOver(Volatile.Read(ref *_progress)))
        {
            _call.Make((int)_step);
        }

        _call.AwaitAnswer((int)_step);
        return _status;
    }

    /// <summary>To be called when the caller computes without it.</summary>
    public void Leave() => _slice.GiveUp();

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
        Leave();
        _call.End();
        foreach (var (thread, member) in _members)
        {
            thread.Join();
            member.Dispose();
        }

        _caller.Dispose();
        _plan.Dispose();
        _call.Dispose();
        NativeMemory.AlignedFree(_progress);
    }

    private bool IsOver(long progress) => (progress >> UnitBits) != _step || (progress & ((1 << UnitBits) - 1)) == (1 << UnitBits) - 1;

    private void Serve(CrewMember member)
    {
        for (var seen = 0; ; )
        {
            _call.Await(member, seen);
            Interlocked.Increment(ref _awake);
            seen = _call.Take();
            if (_call.HasEnded)
            {
                Interlocked.Decrement(ref _awake);
                return;
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
        for (long progress; !IsOver(progress = Volatile.Read(ref *_progress)); )
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
        if (Volatile.Read(ref *_progress) != progress)
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
            Volatile.Write(ref *_progress, (step << UnitBits) | (uint)index);
            return;
        }

        (_status, member.HasEnded) = (status, true);
        Volatile.Write(ref *_progress, (step << UnitBits) | ((1 << UnitBits) - 1));
        _call.Answer((int)step);
    }
}
