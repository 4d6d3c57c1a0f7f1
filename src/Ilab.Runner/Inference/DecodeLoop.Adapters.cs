using Ilab.Runner.Contract.V1;

namespace Ilab.Runner.Inference;

/// <summary>
/// Generations with different adapters share weights and cache, but not a step: llama.cpp computes a batch with the adapters active in the context. They take
/// turns of several steps, because changing adapters requires the graph to be rebuilt.
/// </summary>
internal sealed partial class DecodeLoop
{
    private const int StepsOfATurn = 8;

    private readonly AdapterCache _adapters;
    private readonly Dictionary<string, long> _lastTurns = new(StringComparer.Ordinal);
    private string _used = "";
    private int _stepsLeft;
    private long _turns;

    /// <summary>Selects whose turn it is: generations that had none so far, then those that have waited longest.</summary>
    private void TakeTurns()
    {
        var (goesOn, othersWait) = (false, false);
        foreach (var generation in _running)
        {
            var same = generation.AdapterKey == _used;
            goesOn |= same;
            othersWait |= !same;
        }

        if (goesOn && (!othersWait || _stepsLeft-- > 0))
        {
            return;
        }

        var next = _running.Where(one => one.AdapterKey != _used).MinBy(one => _lastTurns.GetValueOrDefault(one.AdapterKey))!;
        _lastTurns[_used] = ++_turns;
        (_used, _stepsLeft) = (next.AdapterKey, StepsOfATurn - 1);
        _adapters.Use(next.Request.Adapters);
    }

    /// <returns>False if the generation ended, because its adapters cannot be used.</returns>
    private bool LoadAdapters(Generation generation)
    {
        try
        {
            _adapters.Load(generation.Request.Adapters);
        }
        catch (RunnerException exception)
        {
            generation.Log.Add(
                new GenerationEvent
                {
                    Failed = new Failed { ErrorKind = exception.Kind, Message = exception.Message },
                }
            );
            Conclude(generation);
            return false;
        }

        var needed = _running.Append(generation).SelectMany(static one => one.Request.Adapters);
        if (_adapters.Trim(needed.ToHashSet(StringComparer.Ordinal)))
        {
            _lastTurns.Clear();
            (_used, _stepsLeft) = ("", 0);
        }

        return true;
    }
}
