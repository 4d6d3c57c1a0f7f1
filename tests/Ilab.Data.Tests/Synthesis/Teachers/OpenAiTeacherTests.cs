using Ilab.Data.Pipelines;
using Ilab.Data.Synthesis;
using Ilab.Data.Synthesis.Teachers;
using Ilab.Engine.Errors;
using Ilab.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ilab.Data.Tests.Synthesis.Teachers;

/// <summary>What is made of everything that a service can answer, over real HTTP.</summary>
public sealed class OpenAiTeacherTests : IAsyncLifetime
{
    private static readonly TeacherCall Call = new("k", "b", [new("user", "What is a bird?")], new CallSettings { MaxTokens = 5 }, 0);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly HttpClient _http = new();
    private readonly List<string> _log = [];
    private ScriptedTeacher _service = null!;
    private OpenAiTeacher _teacher = null!;

    public async Task InitializeAsync()
    {
        _service = await ScriptedTeacher.StartAsync();
        _teacher = new OpenAiTeacher(
            _http,
            new TeacherChoice
            {
                Name = "big",
                Url = _service.Address.ToString(),
                TimeoutSeconds = 20,
            },
            "",
            _time,
            (level, text) => _log.Add($"{level}: {text}")
        );
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _service.DisposeAsync();
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("Thu, 01 Jan 2026 00:00:40 GMT", 40)]
    [InlineData("Wed, 31 Dec 2025 00:00:00 GMT", 0)]
    [InlineData("soon", null)]
    public async Task ABusyServiceSaysHowLongToWait(string retryAfter, int? seconds)
    {
        _service.Answer(429, "{\"error\":{\"message\":\"slow down\"}}", ("Retry-After", retryAfter));
        var error = await Assert.ThrowsAsync<TeacherUnavailableException>(AskAsync);
        Assert.Equal(
            ("429 Too Many Requests: slow down", seconds is { } said ? TimeSpan.FromSeconds(said) : null, false),
            (error.Message, error.RetryAfter, error.IsOfCall)
        );
    }

    [Theory]
    [InlineData("<html>busy</html>")]
    [InlineData("")]
    [InlineData("{\"choices\":[{\"message\":{\"content\":\"half")]
    [InlineData("[]")]
    [InlineData("{\"choices\":[]}")]
    [InlineData("{\"choices\":[{}]}")]
    [InlineData("{\"choices\":[{\"message\":{\"content\":7}}]}")]
    public async Task WhatIsNotTheExpectedJsonIsAskedAgain(string body)
    {
        _service.Answer(200, body);
        var error = await Assert.ThrowsAsync<TeacherUnavailableException>(AskAsync);
        Assert.Equal(("the response is not valid JSON of the expected form", true), (error.Message, error.IsOfCall));
    }

    [Theory]
    [InlineData(
        "{\"choices\":[{\"finish_reason\":\"content_filter\",\"message\":{\"content\":\"\"}}]}",
        "the answer was blocked by the teacher's content filter"
    )]
    [InlineData("{\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":null,\"refusal\":\"I must not\"}}]}", "the teacher refused to answer")]
    public async Task ARefusalIsNotAskedAgain(string body, string expected)
    {
        _service.Answer(200, body);
        Assert.Equal(expected, (await Assert.ThrowsAsync<TeacherRefusedException>(AskAsync)).Message);
    }

    [Fact]
    public async Task AnEmptyAnswerIsAnAnswer()
    {
        _service.Answer(
            200,
            "{\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":null}}],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":0}}"
        );
        Assert.Equal(new TeacherAnswer("", 4, 0), await AskAsync());
    }

    [Fact]
    public async Task ASilentServiceIsNotWaitedForLongerThanTheTimeout()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _service.Misbehave(context =>
        {
            asked.SetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var answer = AskAsync();
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(20));
        var error = await Assert.ThrowsAsync<TeacherUnavailableException>(() => answer);
        Assert.Equal(("no answer within 20 s", true), (error.Message, error.IsOfCall));
    }

    [Fact]
    public async Task AServiceThatIsNotThereIsUnavailableAndAWrongAddressAnError()
    {
        _service.Answer(404, "{\"error\":{\"message\":\"no model big\"}}");
        var wrong = await Assert.ThrowsAsync<EngineException>(AskAsync);
        Assert.Equal((ErrorKind.Source, "127.0.0.1: 404 Not Found: no model big"), (wrong.Kind, wrong.Message));
        await _service.GoAsync();
        Assert.False((await Assert.ThrowsAsync<TeacherUnavailableException>(AskAsync)).IsOfCall);
    }

    private Task<TeacherAnswer> AskAsync() => _teacher.AskAsync(Call, 1, CancellationToken.None);
}
