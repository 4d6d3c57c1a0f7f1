using Ilab.Engine.Serving.Runners;
using Ilab.Runner.Contract.Bundles;

namespace Ilab.Engine.Serving.Inference;

public sealed partial class InferenceEngine
{
    /// <summary>Adopts the runners of an earlier service and removes dead bundles. To be called once, before any request.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (bundle, condition) in _bundles.Scan())
        {
            var spec = bundle.ReadSpec();
            if (spec is null || condition is not (BundleCondition.Running or BundleCondition.Starting))
            {
                ClearAway(bundle, condition);
                continue;
            }

            if (spec.Kind == "infer")
            {
                await _scheduler.AdoptAsync(bundle, spec, Hold(spec), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private IDisposable Hold(RunnerSpec spec)
    {
        var model = _models.Hold(spec.Model.Digest);
        try
        {
            return spec.Draft is { } draft ? new BothHeld(model, _models.Hold(draft.Digest)) : model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private void ClearAway(Bundle bundle, BundleCondition condition)
    {
        if (condition == BundleCondition.Lost)
        {
            InferenceLog.Lost(_log, bundle.Id, Bundle.LastWords(bundle.LogTail(RunnerEnd.LogLines)));
        }

        InferenceLog.ClearedAway(_log, bundle.Id, condition);
        _bundles.Remove(bundle);
    }

    private sealed class BothHeld(IDisposable one, IDisposable other) : IDisposable
    {
        public void Dispose()
        {
            one.Dispose();
            other.Dispose();
        }
    }
}
