using Ilab.Data.Synthesis.Teachers;
using Ilab.Engine.Errors;
using Microsoft.Extensions.Time.Testing;

namespace Ilab.Data.Tests.Synthesis.Teachers;

/// <summary>How a teacher without answers is waited for, by a clock that the test moves.</summary>
public sealed class TeacherHealthTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<string> _log = [];

    [Fact]
    public async Task PausesDoubleUpToTheLongestAndAnAnswerEndsThem()
    {
        var health = Health();
        foreach (var pause in new[] { 1, 2, 4, 8, 8 })
        {
            health.Failed(new TeacherUnavailableException("gone"));
            await WaitsAsync(health, TimeSpan.FromSeconds(pause));
        }

        health.Answered();
        Assert.True(health.WaitAsync(CancellationToken.None).IsCompletedSuccessfully);
        health.Failed(new TeacherUnavailableException("gone"));
        await WaitsAsync(health, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task WhatTheTeacherSaysItselfHolds()
    {
        var health = Health();
        health.Failed(new TeacherUnavailableException("429", TimeSpan.FromSeconds(30)));
        health.Failed(new TeacherUnavailableException("429", TimeSpan.FromSeconds(30))); // of a call at the same time
        await WaitsAsync(health, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task AMinuteWithoutTheTeacherIsToldOnceAndSurvived()
    {
        var health = Health();
        for (var begun = _time.GetUtcNow(); _time.GetUtcNow() - begun < TimeSpan.FromMinutes(1); )
        {
            health.Failed(new TeacherUnavailableException("connection refused"));
            _time.Advance(TimeSpan.FromSeconds(8));
            await health.WaitAsync(CancellationToken.None);
        }

        health.Answered();
        Assert.Equal(["warning: big does not respond (connection refused); retrying in 1 s, for up to 600 s", "info: big responds again after 64 s"], _log);
    }

    [Fact]
    public async Task ABusyTeacherIsWaitedForBeyondThePatienceAndLongerEachTimeThatWasNotEnough()
    {
        var health = Health();
        foreach (var (asked, waited) in new[] { (900, 900), (0, 1), (1, 2), (0, 4), (30, 30), (0, 8), (1200, 1200) })
        {
            health.Failed(new TeacherUnavailableException("429", TimeSpan.FromSeconds(asked)));
            await WaitsAsync(health, TimeSpan.FromSeconds(waited));
        }

        health.Answered();
        Assert.Equal(["info: big asks to wait 900 s (429)"], _log);
    }

    [Theory]
    [InlineData(1, 4000)] // a day's quota is used up
    [InlineData(3, 1900)]
    [InlineData(5, 1000)]
    public async Task ABusyTeacherIsNotWaitedForForever(int times, int seconds)
    {
        var health = Health();
        var busy = new TeacherUnavailableException("429", TimeSpan.FromSeconds(seconds));
        for (var time = 1; time < times; time++)
        {
            health.Failed(busy);
            _time.Advance(TimeSpan.FromSeconds(seconds));
            await health.WaitAsync(CancellationToken.None);
        }

        var error = Assert.Throws<EngineException>(() => health.Failed(busy));
        Assert.StartsWith($"big asks to wait {seconds} s", error.Message, StringComparison.Ordinal);
        Assert.Contains("--continue", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void PatienceEnds()
    {
        var health = Health();
        health.Failed(new TeacherUnavailableException("gone"));
        _time.Advance(TimeSpan.FromSeconds(601));
        var error = Assert.Throws<EngineException>(() => health.Failed(new TeacherUnavailableException("gone")));
        Assert.Equal((ErrorKind.Source, "big has not responded for 601 s: gone"), (error.Kind, error.Message));
        Assert.Contains("--continue", error.Hint, StringComparison.Ordinal);
    }

    private TeacherHealth Health() =>
        new("big", TimeSpan.FromSeconds(600), new RetryPolicy { Longest = TimeSpan.FromSeconds(8) }, _time, (level, text) => _log.Add($"{level}: {text}"));

    private async Task WaitsAsync(TeacherHealth health, TimeSpan time)
    {
        var waiting = health.WaitAsync(CancellationToken.None);
        _time.Advance(time - TimeSpan.FromMilliseconds(1));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
