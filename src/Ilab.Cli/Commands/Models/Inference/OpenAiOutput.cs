using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ilab.Api.V1;
using Ilab.Cli.Chat;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>
/// `text_completion` objects of the OpenAI completions API: one line per prompt; when streaming one line per delta, the last one with finish reason and usage.
/// </summary>
internal sealed class OpenAiOutput(ChatConsole console, bool stream, TimeProvider time) : ICompletionOutput
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly AnswerPrinter _printer = new(console) { PrintsText = false };
    private readonly long _created = time.GetUtcNow().ToUnixTimeSeconds();
    private GenerationStarted _started = new();

    public void Queued(GenerationQueued queued) => _printer.Queued(queued);

    public void Loading(LoadModelProgress progress) => _printer.Loading(progress);

    public void Uploading(double fraction) => _printer.Uploading(fraction);

    public void Reconnecting() => _printer.Reconnecting();

    public void Started(GenerationStarted started)
    {
        _started = started;
        _printer.Started(started);
    }

    public void Delta(GenerationDelta delta)
    {
        if (stream && delta.Text.Length > 0)
            Line(delta.Text, null);
    }

    public void Complete(Answer answer)
    {
        _printer.Finish();
        Line(stream ? "" : answer.Text, answer.Finished ?? new GenerationFinished());
    }

    public void Abandon() => _printer.Finish();

    private void Line(string text, GenerationFinished? finished)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("id", "cmpl-" + _started.GenerationId);
            json.WriteString("object", "text_completion");
            json.WriteNumber("created", _created);
            json.WriteString("model", _started.ModelName.Length > 0 ? _started.ModelName : _started.ModelDigest);
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteString("text", text);
            json.WriteNumber("index", 0);
            json.WriteNull("logprobs");
            if (finished is null)
                json.WriteNull("finish_reason");
            else
                json.WriteString("finish_reason", FinishText.Of(finished.Reason));
            json.WriteEndObject();
            json.WriteEndArray();
            if (finished is not null)
                Usage(json, finished);
            json.WriteEndObject();
        }

        console.Out.Write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        console.Out.Write('\n');
        console.Out.Flush();
    }

    private static void Usage(Utf8JsonWriter json, GenerationFinished finished)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", finished.PromptTokens);
        json.WriteNumber("completion_tokens", finished.CompletionTokens);
        json.WriteNumber("total_tokens", finished.PromptTokens + finished.CompletionTokens);
        json.WriteEndObject();
    }
}
