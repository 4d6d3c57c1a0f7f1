namespace Ilab.Runner.Contract.Tasks;

/// <summary>Progress of a task, in units of its own: the <c>progress.json</c> file of its bundle.</summary>
public sealed record TaskProgress(long Done, long Total);
