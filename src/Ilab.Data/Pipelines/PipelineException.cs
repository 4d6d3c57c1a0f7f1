using Ilab.Engine.Errors;
using Ilab.Gguf;

namespace Ilab.Data.Pipelines;

/// <summary>A pipeline is invalid, or does not fit its input rows. The message says in one line what is wrong and where.</summary>
internal sealed class PipelineException(string message, string hint = "", Exception? inner = null) : Exception(OneLine.Of(message, Longest), inner)
{
    private const int Longest = 600;

    public string Hint { get; } = hint;

    public EngineException ToEngine(string file) => new(ErrorKind.InvalidArgument, $"{file}: {Message}", Hint, this);
}
