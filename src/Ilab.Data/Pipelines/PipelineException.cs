using Ilab.Engine.Errors;

namespace Ilab.Data.Pipelines;

/// <summary>A pipeline cannot be read, or does not fit the rows it gets. Says in one line what and where.</summary>
internal sealed class PipelineException(string message, string hint = "", Exception? inner = null) : Exception(message, inner)
{
    public string Hint { get; } = hint;

    public EngineException ToEngine(string file) => new(ErrorKind.InvalidArgument, $"{file}: {Message}", Hint, this);
}
