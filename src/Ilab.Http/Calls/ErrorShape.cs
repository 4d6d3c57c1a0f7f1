namespace Ilab.Http.Calls;

/// <summary>The shape that errors have in one of the APIs.</summary>
internal abstract class ErrorShape
{
    /// <summary>The body of an answer with the problem's status, as UTF-8 JSON.</summary>
    public abstract byte[] Body(Problem problem, string requestId);

    /// <summary>What a stream that has begun ends with.</summary>
    public abstract byte[] InStream(Problem problem, string requestId);
}
