using Ilab.Engine.Errors;

namespace Ilab.Engine.Jobs;

/// <summary>Job handlers by kind.</summary>
internal sealed class JobHandlers(IEnumerable<IJobHandler> handlers)
{
    private readonly Dictionary<string, IJobHandler> _handlers = handlers.ToDictionary(static handler => handler.Kind);

    public IJobHandler? Find(string kind) => _handlers.GetValueOrDefault(kind);

    /// <exception cref="EngineException">UNSUPPORTED.</exception>
    public IJobHandler Require(string kind) =>
        Find(kind)
        ?? throw new EngineException(ErrorKind.Unsupported, $"this ilabd does not support jobs of kind {kind}", "the job may come from a newer version");
}
