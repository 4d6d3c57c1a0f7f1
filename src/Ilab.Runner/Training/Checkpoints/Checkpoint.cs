namespace Ilab.Runner.Training.Checkpoints;

/// <summary>Where a run stands, beside its tensors.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Epoch">Of the next batch.</param>
/// <param name="Batch">Number of the next batch in its epoch.</param>
/// <param name="Tokens">Tokens seen.</param>
/// <param name="EventBytes">Length of the event log when it was made: what is behind is done again.</param>
/// <param name="Identity">Of the spec, the data and the base; a checkpoint of others is refused.</param>
internal sealed record Checkpoint(int Step, int Epoch, int Batch, long Tokens, long EventBytes, string Identity);
