namespace Ilab.Runner.Contract.Tasks;

/// <summary>How well a model predicts a text: the <c>result.json</c> file of a perplexity task.</summary>
/// <param name="Value">exp of the mean negative log-likelihood; 1 = every token is predicted with certainty.</param>
/// <param name="Error">Standard error of the value.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
/// <param name="Chunks">Pieces of text that were read.</param>
public sealed record PerplexityResult(double Value, double Error, int Tokens, int Chunks);
