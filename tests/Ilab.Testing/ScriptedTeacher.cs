using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ilab.Testing;

/// <summary>
/// A web server on loopback that speaks OpenAI's API. Its answers depend on prompt and seed alone, hold everything that the built-in pipelines look for, and
/// differ from each other. It misbehaves as it is told, one request after the other, and can be gone for a while.
/// </summary>
public sealed class ScriptedTeacher : IAsyncDisposable
{
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _misdeeds = new();
    private WebApplication? _app;
    private long _answered,
        _promptTokens;
    private int _atOnce,
        _most;

    /// <summary>Base address, as <c>--teacher-url</c> takes it.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Requests that were answered as they should be.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Requests at the same time, at most.</summary>
    public int MostAtOnce => _most;

    /// <summary>What came in the Authorization header.</summary>
    public ConcurrentQueue<string> Authorizations { get; } = new();

    /// <summary>Texts of the last messages.</summary>
    public ConcurrentQueue<string> Prompts { get; } = new();

    /// <summary>What to answer instead; null = the usual.</summary>
    public Func<string, long, string?> Script { get; set; } = static (_, _) => null;

    /// <summary>What a request is refused with, by its body; null = it is answered.</summary>
    public Func<JsonElement, (int Status, string Body)?> Refuse { get; set; } = static _ => null;

    /// <summary>Why an answer ends, by its text.</summary>
    public Func<string, string> FinishReason { get; set; } = static _ => "stop";

    /// <summary>The list of models; empty = there is none.</summary>
    public string Models { get; set; } = "";

    /// <summary>Bodies of all requests, refused ones too.</summary>
    public ConcurrentQueue<JsonElement> Requests { get; } = new();

    /// <summary>How the tokens of a text are counted.</summary>
    public Func<string, int> CountTokens { get; set; } = static text => text.Length / 4;

    /// <summary>Tokens of the prompts that were answered.</summary>
    public long PromptTokens => Interlocked.Read(ref _promptTokens);

    /// <summary>Called before each answer with the number of answers so far.</summary>
    public Func<long, Task> BeforeAnswer { get; set; } = static _ => Task.CompletedTask;

    public static async Task<ScriptedTeacher> StartAsync()
    {
        var teacher = new ScriptedTeacher();
        await teacher.OpenAsync(0);
        return teacher;
    }

    /// <summary>Closes the port; <see cref="ComeBackAsync"/> opens it again.</summary>
    public async Task GoAsync()
    {
        await _app!.DisposeAsync();
        _app = null;
    }

    public Task ComeBackAsync() => OpenAsync(Address.Port);

    public void Misbehave(Func<HttpContext, Task> misdeed) => _misdeeds.Enqueue(misdeed);

    /// <summary>Answers with a status, a header and a body.</summary>
    public void Answer(int status, string body = "", params (string Name, string Value)[] headers) =>
        Misbehave(context =>
        {
            context.Response.StatusCode = status;
            foreach (var (name, value) in headers)
            {
                context.Response.Headers[name] = value;
            }

            return context.Response.WriteAsync(body);
        });

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    private async Task OpenAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port));
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
        Address = new Uri(new Uri(_app.Urls.First()), "v1");
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var now = Interlocked.Increment(ref _atOnce);
        InterlockedMax(ref _most, now);
        try
        {
            Authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
            if (HttpMethods.IsGet(context.Request.Method))
            {
                context.Response.StatusCode = Models.Length > 0 ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
                await context.Response.WriteAsync(Models, context.RequestAborted);
                return;
            }

            using var request = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            Requests.Enqueue(request.RootElement.Clone());
            if (_misdeeds.TryDequeue(out var misdeed))
            {
                await misdeed(context);
                return;
            }

            if (Refuse(request.RootElement) is { } refusal)
            {
                context.Response.StatusCode = refusal.Status;
                await context.Response.WriteAsync(refusal.Body, context.RequestAborted);
                return;
            }

            await BeforeAnswer(Answered);
            var isChat = request.RootElement.TryGetProperty("messages", out var messages);
            var prompt = isChat
                ? messages[messages.GetArrayLength() - 1].GetProperty("content").GetString()!
                : request.RootElement.GetProperty("prompt").GetString()!;
            Prompts.Enqueue(prompt);
            var seed = request.RootElement.TryGetProperty("seed", out var given) ? given.GetInt64() : Answered;
            var text = Script(prompt, seed) ?? Usual(prompt, seed);
            object choice = isChat
                ? new
                {
                    index = 0,
                    finish_reason = FinishReason(text),
                    message = new { role = "assistant", content = text },
                }
                : new
                {
                    index = 0,
                    finish_reason = FinishReason(text),
                    text,
                };
            var body = JsonSerializer.Serialize(
                new { choices = new[] { choice }, usage = new { prompt_tokens = CountTokens(prompt), completion_tokens = CountTokens(text) } }
            );
            Interlocked.Increment(ref _answered);
            Interlocked.Add(ref _promptTokens, CountTokens(prompt));
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(body, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked has gone.
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }

    private static string Usual(string prompt, long seed)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}\0{prompt}")));
        var words = string.Join(' ', Enumerable.Range(0, 6).Select(index => hash[(index * 6)..((index * 6) + 6)]));
        return $"[Question] What about {words}? [Answer] It is {words}. [End]\n[Text] A text about {words}. [End]\n[Reason] good [/Reason] [Judgment]YES[/Judgment] [Score]{(prompt.Contains("Give 1 when", StringComparison.Ordinal) ? 1 : 2)}[/Score]";
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = most; value > seen && Interlocked.CompareExchange(ref most, value, seen) != seen; seen = most) { }
    }
}
