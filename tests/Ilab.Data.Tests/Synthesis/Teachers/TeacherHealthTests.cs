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
