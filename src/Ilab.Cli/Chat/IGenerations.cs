using Ilab.Api.V1;

namespace Ilab.Cli.Chat;

/// <summary>What answering needs of the service. Errors are <see cref="Ilab.Client.Errors.IlabException"/>.</summary>
public interface IGenerations
{
    IAsyncEnumerable<GenerateResponse> GenerateAsync(GenerateRequest request, CancellationToken cancellationToken);

    /// <summary>The events of a running generation from an offset on.</summary>
    IAsyncEnumerable<GenerateResponse> AttachAsync(string generationId, ulong offset, CancellationToken cancellationToken);

    Task CancelAsync(string generationId, CancellationToken cancellationToken);

    /// <summary>Loads without generating; ends when the model is ready.</summary>
    IAsyncEnumerable<LoadModelProgress> LoadAsync(LoadModelRequest request, CancellationToken cancellationToken);

    /// <summary>Sends a file that the service cannot read itself and returns the digest it can be named by.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="view">Is told of the progress.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    Task<string> UploadAsync(string path, IAnswerView view, CancellationToken cancellationToken);
}

/// <summary>Sees an answer come.</summary>
public interface IAnswerView
{
    void Queued(GenerationQueued queued);

    void Loading(LoadModelProgress progress);

    void Started(GenerationStarted started);

    void Delta(GenerationDelta delta);

    void Uploading(double fraction);

    /// <summary>The stream broke; it is being taken up again.</summary>
    void Reconnecting();
}

/// <param name="Text">Everything that came.</param>
/// <param name="Started">Null when it ended before the first token.</param>
/// <param name="Finished">Null when the answer was stopped here and the service did not confirm in time.</param>
/// <param name="Stopped">True when the caller ended the answer.</param>
public sealed record Answer(string Text, GenerationStarted? Started, GenerationFinished? Finished, bool Stopped)
{
    public string GenerationId { get; init; } = "";
}
