using Ilab.Data.Synthesis.Documents;
using Ilab.Engine.Access;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Inference;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>Creates teachers.</summary>
/// <param name="inference">For models in the store; null = not available.</param>
/// <param name="rights">What users may have of the devices; null = everything.</param>
public sealed class TeacherFactory(InferenceEngine? inference, IJobRights? rights, TimeProvider time) : IDisposable
{
    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxConnectionsPerServer = 256,
            AllowAutoRedirect = false,
            UseCookies = false,
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    internal RetryPolicy Retries { get; init; } = new();

    public void Dispose() => _http.Dispose();

    /// <param name="owner">Whose job asks it.</param>
    /// <param name="key">API key of a remote teacher; empty = none.</param>
    /// <param name="log">Level and text of what is adapted to the service.</param>
    internal ITeacher Create(TeacherChoice choice, Caller owner, string key, Action<string, string> log) =>
        choice.Url.Length > 0
            ? new OpenAiTeacher(_http, choice, key, time, log)
            : new LocalTeacher(inference ?? throw new InvalidOperationException("there is no engine"), choice.Digest, rights?.Of(owner));

    /// <summary>Counts the teacher's own tokens, if possible.</summary>
    internal static ITokenCounter CounterOf(ITeacher teacher) => teacher as ITokenCounter ?? new EstimatedTokens();
}
