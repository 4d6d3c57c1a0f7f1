using System.Text.Json.Nodes;
using Ilab.Data.Synthesis.Teachers;
using Ilab.Engine.Errors;

namespace Ilab.Data.Tests.Synthesis.Teachers;

/// <summary>Whether an error of a service is waited for, or is of one request, or of all.</summary>
public sealed class ServiceFailureTests
{
    [Theory]
    [InlineData(413, "", "<html><title>413 Request Entity Too Large</title></html>")]
    [InlineData(400, "context_length_exceeded", "This model's maximum context length is 512 tokens. However, you requested 2560 tokens.")]
    [InlineData(400, "", "prompt is too long: 210000 tokens > 200000 maximum")]
    [InlineData(400, "exceed_context_size_error", "the request is bigger (n_prompt_tokens 600, n_ctx 512)")]
    [InlineData(422, "", "Please reduce the length of the messages.")]
    [InlineData(429, "tokens", "Request too large for big on tokens per min (TPM): Limit 900, Requested 2096.")]
    [InlineData(429, "", "Rate limit: Limit: 1,000, Used: 0, Requested: 2,000")]
    [InlineData(500, "", "the request exceeds the available context size")]
    public void ARequestThatIsTooLargeIsSoForAllWithTheNumbers(int status, string code, string text)
    {
        var refusal = Assert.IsType<TeacherRefusedException>(Of(status, text, code));
        Assert.True(refusal.IsCertain);
        Assert.Equal(ErrorKind.Source, refusal.OfEveryCall!.Kind);
        Assert.Contains("about 30 prompt tokens, max_tokens 2048, ", refusal.OfEveryCall.Message, StringComparison.Ordinal);
        Assert.Contains(text.StartsWith('<') ? "Too Large" : text.TrimEnd('.')[^9..], refusal.OfEveryCall.Message, StringComparison.Ordinal);
        Assert.Contains("max_tokens", refusal.OfEveryCall.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "", "no key", "denied access", "--teacher-key-file")]
    [InlineData(403, "", "", "denied access", "--teacher-key-file")]
    [InlineData(400, "invalid_api_key", "wrong", "denied access", "--teacher-key-file")]
    [InlineData(404, "", "model 'big' not found", "model 'big' not found", "model name")]
    [InlineData(400, "model_not_found", "what?", "what?", "model name big")]
    [InlineData(405, "", "", "405", "/v1")]
    [InlineData(402, "", "pay", "quota", "credit")]
    [InlineData(429, "insufficient_quota", "You exceeded your current quota", "quota", "credit")]
    [InlineData(308, "", "", "redirects to https://b/", "--teacher-url")]
    [InlineData(501, "", "", "501", "/v1")]
    public void WhatNoRequestGetsThroughEndsItAtOnce(int status, string code, string text, string expected, string hint)
    {
        var error = Assert.IsType<EngineException>(Of(status, text, code));
        Assert.Equal(ErrorKind.Source, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "Rate limit reached: Limit 30000, Used 29000, Requested 2000. Please try again in 2s.")]
    [InlineData(503, "loading")]
    [InlineData(500, "oops")]
    [InlineData(529, "overloaded")]
    [InlineData(408, "")]
    public void ABusyServiceIsWaitedFor(int status, string text) =>
        Assert.Equal(TimeSpan.FromSeconds(3), Assert.IsType<TeacherUnavailableException>(Of(status, text)).RetryAfter);

    [Theory]
    [InlineData(400, "content_filter", ServiceAnswer.Filtered, false)]
    [InlineData(400, "content_policy_violation", ServiceAnswer.Filtered, false)]
    [InlineData(400, "", "the teacher responded 400 R: what a prompt", true)]
    [InlineData(418, "", "the teacher responded 418 R: what a prompt", true)]
    public void AnotherRefusalIsOfOneRequestUntilAllAreRefused(int status, string code, string expected, bool mayBeOfAll)
    {
        var refusal = Assert.IsType<TeacherRefusedException>(Of(status, "what a prompt", code));
        Assert.Equal((expected, false, mayBeOfAll), (refusal.Message, refusal.IsCertain, refusal.OfEveryCall is not null));
    }

    private static Exception Of(int status, string text, string code = "") =>
        ServiceFailure.Of(
            new Uri("http://a/v1/"),
            "big",
            text.StartsWith('<') ? ServiceError.Read(status, "R", text) : new ServiceError(status, "R", text, code),
            new RequestSize(30, new JsonObject { ["max_tokens"] = 2048 }),
            TimeSpan.FromSeconds(3),
            new Uri("https://b/")
        );
}
