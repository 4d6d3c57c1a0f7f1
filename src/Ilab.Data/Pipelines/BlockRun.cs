namespace Ilab.Data.Pipelines;

/// <summary>What a call of the teacher is: the same place in the same run always has the same key.</summary>
/// <param name="Messages">A conversation; or, when it has a single message with the role <c>raw</c>, a text to be continued as it stands.</param>
internal sealed record TeacherCall(string Key, string Block, IReadOnlyList<Datasets.RecordMessage> Messages, CallSettings Settings, int Choice);

/// <summary>How the teacher is to answer.</summary>
internal sealed record CallSettings
{
    public int MaxTokens { get; init; } = 4096;

    public double Temperature { get; init; }

    public double? TopP { get; init; }

    public long? Seed { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Further parameters, passed on to services elsewhere.</summary>
    public IReadOnlyDictionary<string, object?> Extra { get; init; } = new Dictionary<string, object?>();
}

/// <summary>Asks the teacher.</summary>
internal interface ITeacherCalls
{
    /// <returns>The answer; null when there is none to be had, which has been noted.</returns>
    Task<string?> AskAsync(TeacherCall call, BlockRun run, CancellationToken cancellationToken);
}

/// <summary>One batch of rows on its way through the blocks.</summary>
/// <param name="key">Unique in the run, and the same when it is run again.</param>
internal sealed class BlockRun(string key, ITeacherCalls teacher, int scale)
{
    private readonly Dictionary<string, long> _rejected = new(StringComparer.Ordinal);
    private long _calls,
        _promptTokens,
        _answerTokens;
    private string _block = "";

    public ITeacherCalls Teacher => teacher;

    /// <summary>What <c>n: scaled</c> stands for.</summary>
    public int Scale => scale;

    /// <summary>Where the run is: block and repetition.</summary>
    public string Place { get; set; } = "";

    public string Key => $"{key}/{Place}";

    /// <summary>Told the block's name when the rows come to it, and with every answer.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>Never more than this; 0 = what the pipeline says.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Rows that went, by block and reason.</summary>
    public IReadOnlyDictionary<string, long> Rejected
    {
        get
        {
            lock (_rejected)
            {
                return new Dictionary<string, long>(_rejected);
            }
        }
    }

    /// <summary>What it cost, whenever it was paid.</summary>
    public (long Calls, long PromptTokens, long AnswerTokens) Used =>
        (Interlocked.Read(ref _calls), Interlocked.Read(ref _promptTokens), Interlocked.Read(ref _answerTokens));

    /// <summary>The rows come to a block.</summary>
    public void Enter(string place, string block)
    {
        (Place, _block) = (place, block);
        Progress?.Invoke(block);
    }

    public void Use(int promptTokens, int answerTokens)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Add(ref _promptTokens, promptTokens);
        Interlocked.Add(ref _answerTokens, answerTokens);
        Progress?.Invoke(_block);
    }

    public void Reject(string block, string reason, long count = 1)
    {
        if (count == 0)
        {
            return;
        }

        lock (_rejected)
        {
            var name = $"{block}: {reason}";
            _rejected[name] = _rejected.GetValueOrDefault(name) + count;
        }
    }
}
