using Ilab.Data.Synthesis.Teachers;
using Microsoft.Extensions.Time.Testing;

namespace Ilab.Data.Tests.Synthesis.Teachers;

/// <summary>How long a busy service asks to wait, in all the ways that services say it.</summary>
public sealed class RetryDelayTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("1s", 1.0)]
    [InlineData("6m0s", 360.0)]
    [InlineData("250ms", 0.25)]
    [InlineData("1h2m3.5s", 3723.5)]
    [InlineData("7", 7.0)]
    [InlineData("1.5", 1.5)]
    [InlineData("1767225630", 30.0)] // seconds since 1970
    [InlineData("1767225630000", 30.0)]
    [InlineData("2026-01-01T00:00:12Z", 12.0)]
    [InlineData("Thu, 01 Jan 2026 00:00:40 GMT", 40.0)]
    [InlineData("2025-12-31T00:00:00Z", 0.0)]
    [InlineData("soon", null)]
    [InlineData("-5", null)]
    [InlineData("", null)]
    [InlineData("99999999999999999999999999", null)]
    public void ATimeIsReadInAnyForm(string text, double? seconds) => Assert.Equal(seconds, RetryDelay.Parse(text, _time)?.TotalSeconds);

    [Theory]
    [InlineData("Retry-After: 3|x-ratelimit-reset-requests: 6m0s", 3.0)]
    [InlineData("retry-after-ms: 1200|Retry-After: 2", 1.2)]
    [InlineData("x-ratelimit-reset-requests: 6m0s|x-ratelimit-remaining-requests: 12|x-ratelimit-reset-tokens: 8s|x-ratelimit-remaining-tokens: 0", 8.0)]
    [InlineData("x-ratelimit-reset-requests: 90s|x-ratelimit-remaining-requests: 0|x-ratelimit-reset-tokens: 8s|x-ratelimit-remaining-tokens: 0", 90.0)]
    [InlineData("x-ratelimit-reset-requests: 90s|x-ratelimit-reset-tokens: 20ms", 0.02)]
    [InlineData("anthropic-ratelimit-tokens-reset: 2026-01-01T00:01:00Z", 60.0)]
    [InlineData("Retry-After: soon|RateLimit-Reset: 11", 11.0)]
    [InlineData("x-ratelimit-limit-requests: 60|x-request-id: 1s", null)]
    public void TheHeaderThatDecidesIsTaken(string headers, double? seconds)
    {
        using var response = new HttpResponseMessage();
        foreach (var header in headers.Split('|').Select(static line => line.Split(": ", 2)))
        {
            Assert.True(response.Headers.TryAddWithoutValidation(header[0], header[1]));
        }

        Assert.Equal(seconds, RetryDelay.Of(response.Headers, _time)?.TotalSeconds);
    }
}
