using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ilab.Native.Llama.Interop;

namespace Ilab.Native.Llama.Threads;

/// <summary>Observes a ggml computation from the callback after each node, and can abort it there.</summary>
internal sealed unsafe class StepWatch : IDisposable
{
    private readonly WatchState* _state = (WatchState*)NativeMemory.AllocZeroed((nuint)sizeof(WatchState));
    private readonly nint _set = GgmlApi.CpuFunction("ggml_backend_set_abort_callback");
    private readonly Func<long, (bool Stop, long NextLook)> _look;
    private GCHandle _self;

    /// <param name="look">Called when due, on the computing thread, with the time in ticks of <see cref="Stopwatch"/>: returns whether to stop, and when to
    /// call next.</param>
    public StepWatch(Func<long, (bool Stop, long NextLook)> look)
    {
        _look = look;
        _self = GCHandle.Alloc(this);
        _state->Owner = GCHandle.ToIntPtr(_self);
        End();
    }

    /// <summary>Number of callbacks since <see cref="Begin"/>.</summary>
    public int Callbacks => _state->Callbacks;

    /// <summary>Whether <c>look</c> aborted the computation.</summary>
    public bool HasStopped => _state->HasStopped != 0;

    /// <summary>Whether another callback is called after each node.</summary>
    public bool IsChained => _state->Outer != null;

    /// <summary>Enables or disables callbacks of a backend.</summary>
    public void Attach(nint backend, bool isOn)
    {
        var set = (delegate* unmanaged[Cdecl]<nint, delegate* unmanaged[Cdecl]<WatchState*, byte>, WatchState*, void>)_set;
        set(backend, isOn ? &AfterNode : null, _state);
    }

    /// <summary>Sets another abort callback, in ggml's form.</summary>
    public void Chain(nint callback, nint data)
    {
        _state->Outer = (delegate* unmanaged[Cdecl]<nint, byte>)callback;
        _state->OuterData = data;
    }

    /// <param name="firstLook">In ticks of <see cref="Stopwatch"/>; <see cref="long.MaxValue"/> = only count.</param>
    /// <param name="everyNode">Check the clock after each node instead of every fourth.</param>
    public void Begin(long firstLook, bool everyNode = false)
    {
        (_state->Callbacks, _state->HasStopped, _state->NextLook) = (0, 0, firstLook);
        _state->Between = everyNode ? 0 : 3;
    }

    /// <summary>Stops calling back until the next <see cref="Begin"/>.</summary>
    public void End() => _state->NextLook = long.MaxValue;

    public void Dispose()
    {
        _self.Free();
        NativeMemory.Free(_state);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte AfterNode(WatchState* state)
    {
        state->Callbacks++;
        if (state->Outer != null && state->Outer(state->OuterData) != 0)
        {
            return 1;
        }

        if (state->NextLook == long.MaxValue || (state->Callbacks & state->Between) != 0 || Stopwatch.GetTimestamp() is var now && now < state->NextLook)
        {
            return 0;
        }

        var (stop, next) = ((StepWatch)GCHandle.FromIntPtr(state->Owner).Target!)._look(now);
        (state->NextLook, state->HasStopped) = (next, stop ? (byte)1 : (byte)0);
        return state->HasStopped;
    }

    private struct WatchState
    {
        public int Callbacks;
        public int Between;
        public byte HasStopped;
        public long NextLook;
        public nint Owner;
        public delegate* unmanaged[Cdecl]<nint, byte> Outer;
        public nint OuterData;
    }
}
