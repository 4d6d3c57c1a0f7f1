using System.CommandLine;
using Ilab.Api.V1;
using Ilab.Cli.Chat;
using Ilab.Cli.Terminal;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>`model inference`: completes one prompt, or one after another.</summary>
public sealed class ModelInferenceCommand(ModelInferenceDefinition definition, TalkContext context)
{
    private readonly GenerationSettings _settings = new() { UsualMaxTokens = ModelInferenceDefinition.DefaultMaxLength };

    private ModelSelector _model = new();

    public async Task<int> RunAsync(ParseResult line, CancellationToken cancellationToken)
    {
        definition.Settings.Read(line, _settings);
        _model = line.GetValue(definition.Checkpoint) is { } checkpoint
            ? new ModelSelector { CheckpointPath = Path.GetFullPath(checkpoint) }
            : new ModelSelector { Name = line.GetValue(definition.ModelName) };
        bool stream = line.GetValue(definition.Stream);
        ICompletionOutput output =
            line.GetValue(definition.Format) == "openai"
                ? new OpenAiOutput(context.Console, stream, context.Time)
                : new TextOutput(context.Console, stream || context.Console.OutIsTerminal);

        string? prompt = line.GetValue(definition.Prompt);
        if (!line.GetValue(definition.Interactive))
        {
            await CompleteAsync(prompt ?? await PromptInput.FromPipeAsync(context, cancellationToken), output, cancellationToken);
            return 0;
        }

        if (prompt is not null)
            await CompleteAsync(prompt, output, cancellationToken);
        await LoopAsync(output, cancellationToken);
        return 0;
    }

    private async Task LoopAsync(ICompletionOutput output, CancellationToken cancellationToken)
    {
        ILineReader lines = context.OpenLines();
        var ask = new LinePrompt("prompt> ", "... ", lines.IsInteractive ? MultiLine.IsComplete : null);
        while (await lines.ReadAsync(ask, cancellationToken) is { Result: not LineResult.EndOfInput } entry)
        {
            if (entry.Result == LineResult.Interrupted)
                return;
            if (entry.Text.Length == 0)
                continue;
            lines.Remember(entry.Text);
            await TurnAsync(lines.IsInteractive ? MultiLine.Unwrap(entry.Text) : entry.Text, output, lines.IsInteractive, cancellationToken);
        }
    }

    private async Task TurnAsync(string prompt, ICompletionOutput output, bool interactive, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using IDisposable captured = context.Interrupts.Capture(stop.Cancel);
        try
        {
            await CompleteAsync(prompt, output, stop.Token);
        }
        catch (OperationCanceledException) when (interactive && !cancellationToken.IsCancellationRequested)
        {
            await context.Console.SayAsync("(stopped)", cancellationToken);
        }
        catch (IlabException e) when (interactive)
        {
            await context.Console.SayAsync("Error: " + e.Text, cancellationToken);
        }
    }

    private async Task CompleteAsync(string prompt, ICompletionOutput output, CancellationToken stop)
    {
        try
        {
            await Completion.RunAsync(Request(prompt), output, context, stop);
        }
        catch (IlabException e) when (e.Kind == ErrorKind.UploadRequired && _model.HasCheckpointPath)
        {
            // The service may not read this file for us: upload it and refer to it by its digest.
            _model = new ModelSelector { Name = await context.Generations.UploadAsync(_model.CheckpointPath, output, stop) };
            await Completion.RunAsync(Request(prompt), output, context, stop);
        }
    }

    private GenerateRequest Request(string prompt)
    {
        GenerateRequest request = _settings.ToRequest(_model);
        request.Prompt = prompt;
        return request;
    }
}
