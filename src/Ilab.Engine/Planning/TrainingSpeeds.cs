using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Jobs;
using Ilab.Engine.Store.Catalog;
using Ilab.Engine.Workloads.Training;
using Ilab.Runner.Contract.Training;

namespace Ilab.Engine.Planning;

/// <param name="Source">Where it was measured; a few words.</param>
internal sealed record TrainingSpeed(double TokensPerSecond, string Source);

/// <summary>How fast trainings were on this machine.</summary>
internal interface ITrainingSpeeds
{
    /// <param name="digest">Of the base model; empty = it is not here.</param>
    /// <param name="parameters">Of the base model.</param>
    /// <returns>Null = nothing comparable has been trained here.</returns>
    Task<TrainingSpeed?> FindAsync(string digest, ulong parameters, TrainingSpec spec, CancellationToken cancellationToken);
}

/// <summary>From the reports of jobs that have ended: of the same model, else of one of a similar size.</summary>
internal sealed class TrainingSpeeds(JobManager jobs, ModelCatalog catalog) : ITrainingSpeeds
{
    private const int MostJobs = 50,
        FewestSteps = 3;

    /// <summary>A speed is converted between models that differ by no more than this factor: beyond it, other things decide.</summary>
    private const double Similar = 3;

    public async Task<TrainingSpeed?> FindAsync(string digest, ulong parameters, TrainingSpec spec, CancellationToken cancellationToken)
    {
        TrainingSpeed? similar = null;
        var ended = (await jobs.ListAsync(cancellationToken).ConfigureAwait(false)).Where(static job =>
            job is { Kind: TrainHandler.JobKind, State: JobState.Succeeded }
        );
        foreach (var job in ended.Take(MostJobs))
        {
            var request = JsonSerializer.Deserialize(job.Request, TrainRequestJson.Default.TrainRequest)!;
            if (!IsAlike(request.Options, spec) || (similar is not null && request.Base != digest))
            {
                continue;
            }

            var other = request.Base == digest ? parameters : await ParametersAsync(request.Base, cancellationToken).ConfigureAwait(false);
            var factor = other > 0 && parameters > 0 ? (double)other / parameters : 0;
            if (factor is < 1 / Similar or > Similar || jobs.MetricsOf(job) is not { } path || Median(path) is not { } rate)
            {
                continue;
            }

            if (request.Base == digest)
            {
                return new TrainingSpeed(rate, "as an earlier training of this model here");
            }

            similar = new TrainingSpeed(rate * factor, $"converted from a training of {request.BaseName} here");
        }

        return similar;
    }

    /// <summary>Median of the steps after the first; null = too few, or the reports are gone.</summary>
    internal static double? Median(string path)
    {
        try
        {
            var rates = File.ReadLines(path)
                .Select(static line => JsonSerializer.Deserialize(line, TrainingJson.Default.TrainingEvent))
                .Where(static entry => entry is { Type: TrainingEvent.Step, TokensPerSecond: > 0 })
                .Select(static entry => entry!.TokensPerSecond!.Value)
                .Skip(1)
                .Order()
                .ToArray();
            return rates.Length >= FewestSteps ? rates[rates.Length / 2] : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static bool IsAlike(TrainingSpec one, TrainingSpec other) =>
        (one.IsWhole, one.GradientCheckpointing, one.Precision, one.Device) == (other.IsWhole, other.GradientCheckpointing, other.Precision, other.Device);

    private async Task<ulong> ParametersAsync(string digest, CancellationToken cancellationToken)
    {
        try
        {
            using var model = await catalog.ResolveAsync(digest, "a plan", cancellationToken).ConfigureAwait(false);
            return model.Summary.Parameters;
        }
        catch (EngineException)
        {
            return 0; // removed since
        }
    }
}
