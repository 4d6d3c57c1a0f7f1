namespace Ilab.Benchmarks.Measure.Servers;

/// <summary>A server of models that is compared with others: the same file, the same prompts, the likeliest token each time.</summary>
internal interface IServer : IAsyncDisposable
{
    /// <summary>How it is called in the report.</summary>
    string Name { get; }

    /// <summary>Makes a model ready to be asked.</summary>
    Task PrepareAsync(string model, string file, CancellationToken cancellationToken);

    /// <summary>Completes a prompt.</summary>
    Task<Answer> AskAsync(string model, string prompt, int tokens, CancellationToken cancellationToken);
}

/// <summary>An answer as its client saw it.</summary>
/// <param name="First">Milliseconds to the first token.</param>
/// <param name="Tokens">Number of tokens.</param>
internal readonly record struct Answer(double First, int Tokens);
