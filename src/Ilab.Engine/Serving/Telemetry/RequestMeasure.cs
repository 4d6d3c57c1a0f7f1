using System.Diagnostics;
using Ilab.Engine.Errors;

namespace Ilab.Engine.Serving.Telemetry;

/// <summary>
/// Measures one request to a model, from its arrival to the end of its answer: a span and the metrics of <see cref="GenAi"/>. No text of the request or its
/// answer gets into them. To be used by one thread at a time.
/// </summary>
/// <param name="operation">One of the operations in <see cref="GenAi"/>.</param>
/// <param name="model">As requested; only in the span, because names that do not exist are without number.</param>
public sealed class RequestMeasure(string operation, string model) : IDisposable
{
    private readonly long _begun = Stopwatch.GetTimestamp();
    private readonly Activity? _span = Begin(operation, model);
    private long _first;
    private string? _model;
    private int _input;
    private int _output;
    private string? _error = "cancelled"; // unless it comes to an end
    private bool _ended;

    /// <summary>Null if nobody records it.</summary>
    public Activity? Span => _span is { IsAllDataRequested: true } ? _span : null;

    /// <summary>The model is known.</summary>
    /// <param name="name">Its display name.</param>
    public void Started(string name)
    {
        _model ??= name;
        Span?.SetTag(GenAi.ResponseModel, name);
    }

    /// <summary>There are tokens; only the first call counts.</summary>
    public void Generated()
    {
        if (_first == 0)
        {
            _first = Stopwatch.GetTimestamp();
            Span?.AddEvent(new ActivityEvent("gen_ai.first_token"));
        }
    }

    /// <summary>The request was answered.</summary>
    /// <param name="input">Tokens of the prompt.</param>
    /// <param name="output">Tokens of the answer.</param>
    public void Finished(int input, int output)
    {
        (_input, _output, _error) = (input, output, null);
        Span?.SetTag("gen_ai.usage.input_tokens", input).SetTag("gen_ai.usage.output_tokens", output);
    }

    /// <summary>The request failed.</summary>
    public void Failed(Exception exception) =>
        _error = exception switch
        {
            EngineException known => known.Kind.ToString(),
            OperationCanceledException => "cancelled",
            _ => exception.GetType().FullName,
        };

    /// <summary>Records everything; what did not finish or fail was cancelled.</summary>
    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        var tags = new TagList { { GenAi.Operation, operation }, { GenAi.ProviderName, GenAi.Provider } };
        if (_model is not null)
        {
            tags.Add(GenAi.RequestModel, _model);
            tags.Add(GenAi.ResponseModel, _model);
        }

        if (_error is null)
        {
            RecordTokens(tags);
        }
        else
        {
            tags.Add(GenAi.ErrorType, _error);
            _span?.SetTag(GenAi.ErrorType, _error).SetStatus(ActivityStatusCode.Error);
        }

        GenAi.RequestDuration.Record(Stopwatch.GetElapsedTime(_begun).TotalSeconds, tags);
        _span?.Dispose();
    }

    private void RecordTokens(TagList tags)
    {
        if (_first != 0)
        {
            GenAi.TimeToFirstToken.Record(Stopwatch.GetElapsedTime(_begun, _first).TotalSeconds, tags);
            if (_output > 1)
            {
                GenAi.TimePerOutputToken.Record(Stopwatch.GetElapsedTime(_first).TotalSeconds / (_output - 1), tags);
            }
        }

        RecordUsage(tags, "input", _input);
        if (operation != GenAi.Embeddings)
        {
            RecordUsage(tags, "output", _output);
        }
    }

    private static void RecordUsage(TagList tags, string type, int count)
    {
        tags.Add(GenAi.TokenType, type);
        GenAi.TokenUsage.Record(count, tags);
    }

    private static Activity? Begin(string operation, string model)
    {
        // The engine asks a model that runs in another process: for it, that is the server.
        var span = GenAi.Spans.StartActivity($"{operation} {model}", ActivityKind.Client);
        return span?.SetTag(GenAi.Operation, operation).SetTag(GenAi.ProviderName, GenAi.Provider).SetTag(GenAi.RequestModel, model);
    }
}
