using Ilab.Api.V1;

namespace Ilab.Cli.Chat;

/// <summary>The service as text generation uses it. Errors are <see cref="Ilab.Client.Errors.IlabException"/>.</summary>
public interface IGenerations
{
    IAsyncEnumerable<GenerateResponse> GenerateAsync(GenerateRequest request, CancellationToken cancellationToken);

    /// <summary>The events of a running generation, from an offset on.</summary>
    IAsyncEnumerable<GenerateResponse> AttachAsync(string generationId, ulong offset, CancellationToken cancellationToken);

    Task CancelAsync(string generationId, CancellationToken cancellationToken);

    /// <summary>Loads without generating; ends when the model is ready.</summary>
    IAsyncEnumerable<LoadModelProgress> LoadAsync(LoadModelRequest request, CancellationToken cancellationToken);

    /// <summary>Uploads a file that the service may not read and returns its digest.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="view">Receives the progress.</param>
    /// <param name="cancellationToken">Cancels the upload.</param>
    Task<string> UploadAsync(string path, IAnswerView view, CancellationToken cancellationToken);
}

/// <summary>Receives the events of an answer.</summary>
public interface IAnswerView
{
    void Queued(GenerationQueued queued);

    void Loading(LoadModelProgress progress);

    void Started(GenerationStarted started);

    void Delta(GenerationDelta delta);

    void Uploading(double fraction);

    /// <summary>The stream broke and is being resumed.</summary>
    void Reconnecting();
}

/// <param name="Text">The text received.</param>
/// <param name="Started">Null when it ended before the first token.</param>
/// <param name="Finished">Null when the answer was cancelled before the service confirmed.</param>
/// <param name="Stopped">True when the answer was cancelled.</param>
public sealed record Answer(string Text, GenerationStarted? Started, GenerationFinished? Finished, bool Stopped)
{
    public string GenerationId { get; init; } = "";
}
