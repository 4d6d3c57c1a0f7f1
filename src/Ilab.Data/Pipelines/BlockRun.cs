namespace Ilab.Data.Pipelines;

/// <summary>A teacher request: the same place in the same run always has the same key.</summary>
/// <param name="Messages">A conversation, or a single message with the role <c>raw</c> for a raw completion.</param>
internal sealed record TeacherCall(string Key, string Block, IReadOnlyList<Datasets.RecordMessage> Messages, CallSettings Settings, int Choice);

/// <summary>Generation parameters of a teacher request.</summary>
internal sealed record CallSettings
{
    public int MaxTokens { get; init; } = 4096;

    public double Temperature { get; init; }

    public double? TopP { get; init; }

    public long? Seed { get; init; }

    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Whether an answer that ends at the token limit is used as it is; for models that do not end.</summary>
    public bool KeepCut { get; init; }

    /// <summary>Additional parameters, passed on to remote teachers.</summary>
    public IReadOnlyDictionary<string, object?> Extra { get; init; } = new Dictionary<string, object?>();
}

/// <summary>Sends requests to the teacher.</summary>
internal interface ITeacherCalls
{
    /// <returns>The completion; null if there is none, which has been recorded.</returns>
    Task<string?> AskAsync(TeacherCall call, BlockRun run, CancellationToken cancellationToken);
}

/// <summary>The context of one batch of rows in a pipeline.</summary>
/// <param name="key">Unique within the run, and reproducible.</param>
internal sealed class BlockRun(string key, ITeacherCalls teacher, int scale)
{
    private readonly Dictionary<string, long> _rejected = new(StringComparer.Ordinal);
    private long _calls,
        _promptTokens,
        _answerTokens;
    private string _block = "";

    public ITeacherCalls Teacher => teacher;

    /// <summary>The value of <c>n: scaled</c>.</summary>
    public int Scale => scale;

    /// <summary>Current position: block and repetition.</summary>
    public string Place { get; set; } = "";

    public string Key => $"{key}/{Place}";

    /// <summary>Called with the block's name when rows enter it, and with every completion.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>Upper limit of tokens per completion; 0 = as specified by the pipeline.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Number of rejected rows, by block and reason.</summary>
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

    /// <summary>Total cost, including reused completions.</summary>
    public (long Calls, long PromptTokens, long AnswerTokens) Used =>
        (Interlocked.Read(ref _calls), Interlocked.Read(ref _promptTokens), Interlocked.Read(ref _answerTokens));

    /// <summary>Called when rows enter a block.</summary>
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
