using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ilab.Api.V1;
using Ilab.Cli.Chat;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>`model run --format json`: one object with the answer, token counts and timings, printed at the end.</summary>
internal sealed class JsonOutput(ChatConsole console) : ICompletionOutput
{
    private readonly AnswerPrinter _printer = new(console) { PrintsText = false };

    public void Queued(GenerationQueued queued) => _printer.Queued(queued);

    public void Loading(LoadModelProgress progress) => _printer.Loading(progress);

    public void Started(GenerationStarted started) => _printer.Started(started);

    public void Delta(GenerationDelta delta)
    {
        // Printed by Complete.
    }

    public void Uploading(double fraction) => _printer.Uploading(fraction);

    public void Reconnecting() => _printer.Reconnecting();

    public void Abandon() => _printer.Finish();

    public void Complete(Answer answer)
    {
        _printer.Finish();
        GenerationStarted started = answer.Started ?? new GenerationStarted();
        GenerationFinished finished = answer.Finished ?? new GenerationFinished();
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("model", started.ModelName);
            json.WriteString("digest", started.ModelDigest);
            json.WriteString("text", answer.Text);
            json.WriteString("finishReason", FinishText.Of(finished.Reason));
            json.WriteNumber("seed", finished.Seed);
            json.WriteNumber("promptTokens", finished.PromptTokens);
            json.WriteNumber("cachedPromptTokens", finished.CachedPromptTokens);
            json.WriteNumber("completionTokens", finished.CompletionTokens);
            json.WriteNumber("guessedTokens", finished.GuessedTokens);
            json.WriteNumber("acceptedTokens", finished.AcceptedTokens);
            json.WriteNumber("loadSeconds", FinishText.Seconds(finished.LoadTime));
            json.WriteNumber("promptSeconds", FinishText.Seconds(finished.PromptTime));
            json.WriteNumber("decodeSeconds", FinishText.Seconds(finished.DecodeTime));
            json.WriteEndObject();
        }

        console.Out.Write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
        console.Out.Write('\n');
        console.Out.Flush();
    }
}
