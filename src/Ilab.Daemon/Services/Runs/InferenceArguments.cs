using Ilab.Configuration.Runs;
using Ilab.Configuration.Runs.Records;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Daemon.Services.Runs;

/// <summary>An inference config as the command line of `model inference`, and of `model serve`.</summary>
internal static class InferenceArguments
{
    private static readonly string[] Here = ["NATIVE", "LLAMACPP"];
    private static readonly string[] Local = ["VLLM", "SGLANG"];

    public static RunArguments Of(RunConfig config)
    {
        var infer = config.Infer;
        var arguments = Model(config, infer, "--model-name");
        var generation = infer.Generation;
        arguments.Add("--max-length", generation.MaxNewTokens);
        var greedy = infer.Engine is null or "NATIVE" && generation.IsWritten("use_sampling") && !generation.UseSampling;
        arguments.Add("--temperature", greedy ? 0 : generation.Temperature);
        arguments.Add("--seed", generation.Seed);
        arguments.Add("--input", infer.InputPath);
        arguments.Add("--output", infer.InputPath is null ? null : infer.OutputPath);
        foreach (var (field, neutral) in ((string, double)[])[("top_p", 1), ("min_p", 0), ("frequency_penalty", 0), ("presence_penalty", 0)])
        {
            if (generation.IsWritten(field) && generation.Section.Number(field) is { } value && value != neutral)
            {
                arguments.Warn($"generation.{field}", "not an option of this verb; the model's own setting is used");
            }
        }

        foreach (var field in (string[])["stop_strings", "stop_token_ids", "logit_bias", "guided_decoding"])
        {
            if (
                generation.IsWritten(field)
                && generation.Section[field] is not (ConfigScalar { Value: null } or ConfigList { Items.Count: 0 } or ConfigMap { Pairs.Count: 0 })
            )
            {
                arguments.Refuse($"generation.{field}", "not an option of this verb, and answers would differ; remove it, or use the HTTP API");
            }
        }

        if (generation.NumBeams > 1)
        {
            arguments.Warn("generation.num_beams", "beams are not searched here");
        }

        return arguments;
    }

    /// <summary>The model, and where it is loaded.</summary>
    public static RunArguments Serve(RunConfig config)
    {
        var infer = config.Infer;
        var arguments = Model(config, infer, null);
        arguments.Add("--ctx", infer.Ilab?.Context ?? infer.Model.ModelMaxLength);
        return arguments;
    }

    private static RunArguments Model(RunConfig config, InferenceConfig infer, string? option)
    {
        var arguments = new RunArguments(config) { Model = option is null ? infer.Model.ModelName : null };
        if (option is not null)
        {
            var isFile = infer.Model.ModelName.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
            arguments.Add(isFile ? "--checkpoint" : option, infer.Model.ModelName);
        }

        arguments.Add("--device", infer.Ilab?.Device ?? (infer.Model.DeviceMap == "cpu" ? "cpu" : null));
        var layers =
            infer.Ilab?.GpuLayers
            ?? ((infer.Model.ModelKwargs.Find("n_gpu_layers") as ConfigScalar)?.Value is Int128 count && count >= 0 ? (long?)count : null);
        arguments.Add("--gpu-layers", layers);
        if (infer.Engine is { } engine && Local.Contains(engine))
        {
            arguments.Warn("engine", $"{engine} is not used; this engine answers");
        }
        else if (infer.Engine is { } other && !Here.Contains(other))
        {
            arguments.Refuse("engine", $"{other} answers elsewhere; write LLAMACPP, or leave it out");
        }

        if (infer.Ilab?.Threads is not null)
        {
            arguments.Warn("ilab.threads", "threads of loaded models follow what the machine has free, up to 'ilabd --threads'; trainings take the number");
        }

        if (infer.Model.AdapterModel is not null)
        {
            arguments.Refuse("model.adapter_model", "adapters are part of stored models here; import it together with its base");
        }

        return arguments;
    }
}
