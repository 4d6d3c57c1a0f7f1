using Ilab.Api.V1;
using Ilab.Cli.Chat;

namespace Ilab.Cli.Commands.Model.Inference;

/// <summary>Only the text, as it comes or at once, and a line end.</summary>
/// <param name="console">Where to.</param>
/// <param name="stream">False: nothing is printed before the end.</param>
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
