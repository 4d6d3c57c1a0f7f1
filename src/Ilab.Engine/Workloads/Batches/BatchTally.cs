using System.Collections;

namespace Ilab.Engine.Workloads.Batches;

/// <summary>Counts the results of a batch, each line once.</summary>
internal sealed class BatchTally
{
    private readonly Lock _gate = new();
    private readonly BitArray _known = new(1024);
    private int _total,
        _completed,
        _failed;
    private long _answerBytes,
        _errorBytes;

    public int Total
    {
        set
        {
            lock (_gate)
            {
                _total = value;
            }
        }
    }

    public BatchCounts Counts
    {
        get
        {
            lock (_gate)
            {
                return new BatchCounts(_total, _completed, _failed, _answerBytes, _errorBytes);
            }
        }
    }

    public bool Has(int index)
    {
        lock (_gate)
        {
            return index < _known.Length && _known[index];
        }
    }

    /// <param name="length">Of the result, in bytes.</param>
    public void Add(int index, bool isError, int length)
    {
        lock (_gate)
        {
            if (index >= _known.Length)
            {
                _known.Length = Math.Max(index + 1, _known.Length * 2);
            }

            if (_known[index])
            {
                return;
            }

            _known[index] = true;
            if (isError)
            {
                _failed++;
                _errorBytes += length + 1;
            }
            else
            {
                _completed++;
                _answerBytes += length + 1;
            }
        }
    }
}
