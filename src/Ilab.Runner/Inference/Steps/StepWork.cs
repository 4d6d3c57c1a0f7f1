namespace Ilab.Runner.Inference.Steps;

/// <summary>What a step has computed.</summary>
/// <param name="Decoded">Rows of sequences that decoded.</param>
/// <param name="Guessed">Rows of guessed tokens behind them.</param>
/// <param name="Taken">Tokens that became part of an answer.</param>
/// <param name="Prompt">Rows of prompts.</param>
internal readonly record struct StepWork(int Decoded, int Guessed, int Taken, int Prompt);
