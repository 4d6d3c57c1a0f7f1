namespace Ilab.Runner.Training.Data;

/// <summary>A record as tokens.</summary>
/// <param name="Line">Where it was in the file, from 1.</param>
/// <param name="Learned">Of each token whether it is to be learned, given those before it.</param>
internal sealed record Sample(int Line, int[] Tokens, bool[] Learned)
{
    public int LearnedCount => Learned.AsSpan(1).Count(true);
}

/// <summary>What was found in the data.</summary>
/// <param name="Shape">Which kind of records, e.g. <c>messages</c>.</param>
/// <param name="Cut">Lines whose record was longer than a sequence and lost its end.</param>
internal sealed record DataReport(
    string Shape,
    int Samples,
    long Tokens,
    long Learned,
    int Shortest,
    int Longest,
    IReadOnlyList<int> Cut,
    string Digest,
    string Template
)
{
    public double Mean => Samples == 0 ? 0 : (double)Tokens / Samples;
}

/// <summary>The samples of a file, and what was found in it.</summary>
internal sealed record TrainingData(IReadOnlyList<Sample> Samples, DataReport Report);
