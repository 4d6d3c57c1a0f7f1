using Ilab.Api.V1;
using Ilab.Cli.Chat;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>Prints the text, streamed or at the end, and a line end.</summary>
/// <param name="console">The output.</param>
/// <param name="stream">False prints nothing before the end.</param>
internal sealed class TextOutput(ChatConsole console, bool stream) : ICompletionOutput
{
    private readonly AnswerPrinter _printer = new(console) { PrintsText = stream };

    public void Queued(GenerationQueued queued) => _printer.Queued(queued);

    public void Loading(LoadModelProgress progress) => _printer.Loading(progress);

    public void Started(GenerationStarted started) => _printer.Started(started);

    public void Delta(GenerationDelta delta) => _printer.Delta(delta);

    public void Uploading(double fraction) => _printer.Uploading(fraction);

    public void Reconnecting() => _printer.Reconnecting();

    public void Complete(Answer answer)
    {
        _printer.Finish();
        if (stream)
            return;
        console.Out.Write(answer.Text);
        if (!answer.Text.EndsWith('\n'))
            console.Out.Write('\n');
        console.Out.Flush();
    }

    public void Abandon() => _printer.Finish();
}
