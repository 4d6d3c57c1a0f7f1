using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ilab.Native.Llama.Crew;

/// <summary>How a caller and a crew wait for each other: the crew for a step, and the caller for its end.</summary>
internal sealed unsafe class CrewCall : IDisposable
{
    /// <summary>So long a thread waits awake: longer than what lies between two tokens.</summary>
    private const int BetweenTokens = 500; // microseconds

    private static readonly long Microsecond = Stopwatch.Frequency / 1_000_000;
    private readonly Words* _words = (Words*)NativeMemory.AlignedAlloc((nuint)sizeof(Words), 64);

    public CrewCall() => *_words = default;

    /// <summary>Whether there will be no more steps.</summary>
    public bool HasEnded => Volatile.Read(ref _words->Ends) != 0;

    /// <summary>Calls for a step.</summary>
    public void Make(int step)
    {
        Interlocked.Exchange(ref _words->Call, step);
        if (Volatile.Read(ref _words->Sentinel) == 0)
        {
            Futex.Wake(&_words->Call, 1);
        }
    }

    /// <summary>Waits for a call. Who has ended a step keeps its CPU for a moment: the next token comes soon, and to wake somebody takes long.</summary>
    /// <param name="seen">The last call that this member has seen.</param>
    public void Await(CrewMember member, int seen)
    {
        if (member.HasEnded)
        {
            member.HasEnded = false;
            Interlocked.Exchange(ref _words->Sentinel, 1);
            for (
                var since = Stopwatch.GetTimestamp();
                Volatile.Read(ref _words->Call) == seen && Stopwatch.GetTimestamp() - since < BetweenTokens * Microsecond;

            )
            {
                Thread.SpinWait(5);
            }

            Interlocked.Exchange(ref _words->Sentinel, 0);
        }

        while (Volatile.Read(ref _words->Call) == seen)
        {
            Futex.Wait(&_words->Call, seen);
        }
    }

    /// <returns>The call. The first that takes it wakes the others: the caller sleeps by now, or soon, and its CPU is free for one of them.</returns>
    public int Take()
    {
        var call = Volatile.Read(ref _words->Call);
        if (!HasEnded && Interlocked.Exchange(ref _words->Taken, call) != call)
        {
            Futex.Wake(&_words->Call, int.MaxValue);
        }

        return call;
    }

    /// <summary>The step is over.</summary>
    public void Answer(int step)
    {
        Volatile.Write(ref _words->Over, step);
        Futex.Wake(&_words->Over, 1);
    }

    /// <summary>Sleeps until a step is over.</summary>
    public void AwaitAnswer(int step)
    {
        while (Volatile.Read(ref _words->Over) is var over && over != step)
        {
            Futex.Wait(&_words->Over, over);
        }
    }

    /// <summary>Calls for the last time: all shall go home.</summary>
    public void End()
    {
        Volatile.Write(ref _words->Ends, 1);
        Interlocked.Increment(ref _words->Call);
        Futex.Wake(&_words->Call, int.MaxValue);
    }

    public void Dispose() => NativeMemory.AlignedFree(_words);

    /// <summary>What threads look at while they wait: the crew at one line, and the caller at another.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Words
    {
        [FieldOffset(0)]
        public int Call;

        [FieldOffset(4)]
        public int Ends;

        [FieldOffset(8)]
        public int Taken;

        /// <summary>Whether a thread looks at the call.</summary>
        [FieldOffset(12)]
        public int Sentinel;

        [FieldOffset(64)]
        public int Over;
    }
}
