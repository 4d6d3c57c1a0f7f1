namespace Ilab.Data.Synthesis.Documents;

/// <summary>How many tokens a text is for the teacher.</summary>
internal interface ITokenCounter
{
    ValueTask<int> CountAsync(string text, CancellationToken cancellationToken);
}

/// <summary>Without the teacher's vocabulary: four characters or three quarters of a word, whatever is more.</summary>
internal sealed class EstimatedTokens : ITokenCounter
{
    public static int Of(string text) => Math.Max((text.Length + 3) / 4, (int)Math.Ceiling(Datasets.StatisticsCollector.CountWords(text) * 4 / 3.0));

    public ValueTask<int> CountAsync(string text, CancellationToken cancellationToken) => ValueTask.FromResult(Of(text));
}
