using Ilab.Configuration.Runs;

namespace Ilab.Daemon.Services.Runs;

/// <summary>An evaluation config as options: the model that answers, and where it is loaded.</summary>
internal static class EvaluationArguments
{
    public static RunArguments Of(RunConfig config)
    {
        var evaluation = config.Eval;
        var arguments = new RunArguments(config) { Model = evaluation.Model.ModelName };
        arguments.Add("--ctx", evaluation.Ilab?.Context ?? evaluation.Model.ModelMaxLength);
        arguments.Add("--device", evaluation.Ilab?.Device ?? (evaluation.Model.DeviceMap == "cpu" ? "cpu" : null));
        arguments.Add("--gpu-layers", evaluation.Ilab?.GpuLayers);
        return arguments;
    }
}
