namespace Ilab.Jinja.Tests;

/// <summary>Sunday, 29 November 2026, 12:34:56.</summary>
internal sealed class FixedClock : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(2026, 11, 29, 12, 34, 56, TimeSpan.Zero);
}
