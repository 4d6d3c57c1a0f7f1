namespace Ilab.Data.Synthesis.Documents;

/// <summary>Counts tokens with the teacher's vocabulary.</summary>
internal interface ITokenCounter
{
    ValueTask<int> CountAsync(string text, CancellationToken cancellationToken);
}

/// <summary>An estimate without the vocabulary: four characters or three quarters of a word per token, whichever gives more tokens.</summary>
internal sealed class EstimatedTokens : ITokenCounter
{
    public static int Of(string text) => Math.Max((text.Length + 3) / 4, (int)Math.Ceiling(Datasets.StatisticsCollector.CountWords(text) * 4 / 3.0));

    public ValueTask<int> CountAsync(string text, CancellationToken cancellationToken) => ValueTask.FromResult(Of(text));
}
