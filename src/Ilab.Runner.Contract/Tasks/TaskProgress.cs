namespace Ilab.Runner.Contract.Tasks;

/// <summary>How far a task is, in units of its own: the <c>progress.json</c> file of its bundle.</summary>
public sealed record TaskProgress(long Done, long Total);
