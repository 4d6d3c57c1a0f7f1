namespace Ilab.Runner.Training.Checkpoints;

/// <summary>The state of a training run, apart from its tensors.</summary>
/// <param name="Step">Completed optimizer steps.</param>
/// <param name="Epoch">Epoch of the next batch.</param>
/// <param name="Batch">Index of the next batch in its epoch.</param>
/// <param name="Tokens">Tokens processed.</param>
/// <param name="EventBytes">Length of the event log at the checkpoint: later steps are repeated.</param>
/// <param name="Identity">Identifies spec, data and base model; a checkpoint with a different identity is rejected.</param>
internal sealed record Checkpoint(int Step, int Epoch, int Batch, long Tokens, long EventBytes, string Identity);
