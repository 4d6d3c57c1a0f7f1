using Ilab.Engine.Serving.Generation;
using Ilab.Http.Calls;

namespace Ilab.Http.OpenAi;

/// <summary>What all chunks of an answer have in common.</summary>
/// <param name="prefix">Of the id.</param>
internal sealed class AnswerHead(string prefix, AnswerScope scope, string model)
{
    private const int FingerprintLength = 12;

    private readonly string _id = $"{prefix}-{scope.Id}";
    private readonly long _created = scope.Time.GetUtcNow().ToUnixTimeSeconds();
    private string _fingerprint = "fp_ilab";

    /// <summary>Learns from the first event of the runner which model answers.</summary>
    public void See(GenerationEvent e)
    {
        if (e is GenerationStarted { ModelDigest: { Length: > 0 } digest })
        {
            var hex = digest[(digest.IndexOf(':', StringComparison.Ordinal) + 1)..];
            _fingerprint = "fp_" + hex[..Math.Min(FingerprintLength, hex.Length)];
        }
    }

    public ChatAnswer Chat(string kind, IReadOnlyList<ChatChoice> choices, Usage? usage) => new(_id, kind, _created, model, _fingerprint, choices, usage);

    public TextAnswer Text(IReadOnlyList<TextChoice> choices, Usage? usage) => new(_id, "text_completion", _created, model, _fingerprint, choices, usage);
}

/// <summary>The API's words for why an answer ended.</summary>
internal static class FinishReasons
{
    public static string Of(GenerationFinished finished) => finished.Reason == FinishReason.Length ? "length" : "stop";
}
