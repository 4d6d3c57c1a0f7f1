using Ilab.Cli.Output;
using Wire = Ilab.Api.V1;

namespace Ilab.Cli.Commands.Models;

/// <summary>Models as <see cref="Data"/>.</summary>
internal static class ModelData
{
    public static Data Of(Wire.Model model) =>
        new Data()
            .Add("Name", model.Name)
            .Add("ID", Human.ShortId(model.Digest))
            .Add("Digest", model.Digest)
            .Add("Size", model.Size)
            .Add("Architecture", model.Architecture)
            .Add("Quantization", model.Quantization)
            .Add("Parameters", model.Parameters)
            .Add("ContextLength", model.ContextLength)
            .Add("Created", model.Created?.ToDateTimeOffset())
            .Add("LastUsed", model.LastUsed?.ToDateTimeOffset())
            .Add("Source", model.Source)
            .Add("Labels", LabelText.Of(model.Labels))
            .Add("Loaded", model.Loaded)
            .Add("Uid", model.Uid);

    public static Data Of(Wire.LoadedModel model) =>
        new Data()
            .Add("Name", model.Name)
            .Add("ID", Human.ShortId(model.Digest))
            .Add("Digest", model.Digest)
            .Add("Others", string.Join(' ', model.Others))
            .Add("Runner", model.RunnerId)
            .Add("State", model.State)
            .Add("Memory", model.Memory)
            .Add("Resident", model.Resident)
            .Add("HostMemory", model.HostMemory)
            .Add("Device", model.Device)
            .Add("GpuLayers", model.GpuLayers)
            .Add("Layers", model.Layers)
            .Add("DeviceWarning", model.DeviceWarning)
            .Add("ContextLength", model.ContextLength)
            .Add("Parallel", model.Parallel)
            .Add("Active", model.Active)
            .Add("Accelerator", model.Accelerator)
            .Add("AcceleratorNote", model.AcceleratorNote)
            .Add("AcceleratedProducts", model.AcceleratedProducts)
            .Add("Threads", model.Threads)
            .Add("ThreadsLimit", model.ThreadsLimit)
            .Add("ThreadsReason", model.ThreadsReason)
            .Add("Pid", model.Pid)
            .Add("LoadedAt", model.LoadedAt?.ToDateTimeOffset())
            .Add("ExpiresAt", model.ExpiresAt?.ToDateTimeOffset())
            .Add("Pinned", model.Pinned)
            .Add("Draft", model.Draft);

    public static Data Of(Wire.ModelActivity activity)
    {
        var data = Of(activity.Model)
            .Add("Running", activity.Running)
            .Add("Waiting", activity.Waiting)
            .Add("CacheUsed", activity.CacheUsed)
            .Add("CacheCells", activity.CacheCells)
            .Add("PromptTokens", activity.PromptTokens)
            .Add("GeneratedTokens", activity.GeneratedTokens);
        return data.Add("PromptRate", activity.HasPromptRate ? (double)activity.PromptRate : null)
            .Add("GeneratedRate", activity.HasGeneratedRate ? (double)activity.GeneratedRate : null);
    }

    /// <summary>The device, and how many of the layers it has when it has not all.</summary>
    public static string Device(Data row)
    {
        var device = row.Text("Device");
        return row.TryGet("GpuLayers", out var some) && row.TryGet("Layers", out var all) && some is uint onGpu and > 0 && all is uint layers && onGpu < layers
            ? $"{device} {onGpu}/{layers} layers"
            : device;
    }
}
