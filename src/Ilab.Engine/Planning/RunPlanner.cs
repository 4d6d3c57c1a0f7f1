using Ilab.Configuration.Runs;
using Ilab.Engine.Hosting;
using Ilab.Engine.Jobs;
using Ilab.Engine.Serving.Inference;
using Ilab.Engine.Serving.Models;
using Ilab.Engine.Serving.Scheduling;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Planning;

/// <summary>Plans runs: what they take, whether that fits, and what would make it fit. Nothing is started.</summary>
public sealed class RunPlanner
{
    private readonly EngineOptions _options;
    private readonly Scheduler _scheduler;
    private readonly IModelProvider _models;
    private readonly TrainingPlanner _training;
    private readonly ServingPlanner _serving;

    public RunPlanner(EngineOptions options, Scheduler scheduler, JobManager jobs, ModelCatalog models, IModelProvider provider)
    {
        (_options, _scheduler, _models) = (options, scheduler, provider);
        _training = new TrainingPlanner(options, scheduler.Accelerator, new TrainingSpeeds(jobs, models), () => new RunnerSizer(options));
        _serving = new ServingPlanner(scheduler, () => new RunnerSizer(options));
    }

    /// <param name="resources">Another machine; null = this one.</param>
    /// <exception cref="Errors.EngineException">The model cannot be trained in this way, with the reason.</exception>
    public Task<RunPlan> TrainingAsync(PlannedTraining training, Resources? resources, CancellationToken cancellationToken) =>
        _training.PlanAsync(training, Machine(training.Options.Device, resources), cancellationToken);

    /// <param name="model">In the store, or a file that the caller may read.</param>
    /// <param name="resources">Another machine; null = this one.</param>
    /// <exception cref="Errors.EngineException">It cannot be loaded, with the reason; NOT_FOUND: there is no such model.</exception>
    public async Task<RunPlan> ServingAsync(ModelSelection model, PlannedServing serving, Resources? resources, CancellationToken cancellationToken)
    {
        using var opened = await Acquisition.OpenAsync(_models, model, serving.Settings.Draft, cancellationToken).ConfigureAwait(false);
        return await ServingAsync(opened, PlanTier.Header, serving, resources, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As above, for a model that is not here.</summary>
    /// <param name="name">As it was named.</param>
    /// <param name="summary">What is known of it.</param>
    /// <param name="tier">How that is known.</param>
    public async Task<RunPlan> ServingAsync(
        string name,
        ModelSummary summary,
        PlanTier tier,
        PlannedServing serving,
        Resources? resources,
        CancellationToken cancellationToken
    )
    {
        using var model = new ServingModel(null)
        {
            Key = "",
            Digest = "",
            Name = name,
            Files = [],
            Shape = CatalogModels.Shape(summary),
        };
        return await ServingAsync(model, tier, serving, resources, cancellationToken).ConfigureAwait(false);
    }

    private Task<RunPlan> ServingAsync(ServingModel model, PlanTier tier, PlannedServing serving, Resources? resources, CancellationToken cancellationToken) =>
        _serving.PlanAsync(model, tier, serving, Machine(_scheduler.DeviceOf(serving.Settings), resources), cancellationToken);

    private PlanMachine Machine(string device, Resources? resources) =>
        resources is null ? PlanMachine.This(device, _scheduler.Devices(), _options.StoreDirectory) : PlanMachine.Other(resources);
}
