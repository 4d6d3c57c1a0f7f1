using Ilab.Engine.Errors;

namespace Ilab.Data.Pipelines;

/// <summary>A pipeline is invalid, or does not fit its input rows. The message says in one line what is wrong and where.</summary>
internal sealed class PipelineException(string message, string hint = "", Exception? inner = null) : Exception(message, inner)
{
    public string Hint { get; } = hint;

    public EngineException ToEngine(string file) => new(ErrorKind.InvalidArgument, $"{file}: {Message}", Hint, this);
}
