namespace Ilab.Runner.Contract.Tasks;

/// <summary>The <c>result.json</c> file of a perplexity task.</summary>
/// <param name="Value">exp of the mean negative log-likelihood; 1 = every token is predicted with certainty.</param>
/// <param name="Error">Standard error of the value.</param>
/// <param name="Tokens">Number of predicted tokens.</param>
/// <param name="Chunks">Number of chunks.</param>
public sealed record PerplexityResult(double Value, double Error, int Tokens, int Chunks);
