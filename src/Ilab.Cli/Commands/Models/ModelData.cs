using Ilab.Cli.Output;
using Wire = Ilab.Api.V1;

namespace Ilab.Cli.Commands.Models;

/// <summary>Models as data.</summary>
internal static class ModelData
{
    public static Data Of(Wire.Model model) => new Data()
        .Add("Name", model.Name)
        .Add("ID", ShortId(model.Digest))
        .Add("Digest", model.Digest)
        .Add("Size", model.Size)
        .Add("Architecture", model.Architecture)
        .Add("Quantization", model.Quantization)
        .Add("Parameters", model.Parameters)
        .Add("ContextLength", model.ContextLength)
        .Add("Created", model.Created?.ToDateTimeOffset())
        .Add("LastUsed", model.LastUsed?.ToDateTimeOffset())
        .Add("Source", model.Source)
        .Add("Labels", Labels(model.Labels))
        .Add("Loaded", model.Loaded);

    public static Data Of(Wire.LoadedModel model) => new Data()
        .Add("Name", model.Name)
        .Add("ID", ShortId(model.Digest))
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
        .Add("Pid", model.Pid)
        .Add("LoadedAt", model.LoadedAt?.ToDateTimeOffset())
        .Add("ExpiresAt", model.ExpiresAt?.ToDateTimeOffset());

    /// <summary>The device, and how many of the layers it has when it has not all.</summary>
    public static string Device(Data row)
    {
        var device = Text(row, "Device");
        return row.TryGet("GpuLayers", out var some) && row.TryGet("Layers", out var all) && some is uint onGpu and > 0 && all is uint layers && onGpu < layers
            ? $"{device} {onGpu}/{layers} layers"
            : device;
    }

    public static string ShortId(string digest) => digest.Length >= 19 ? digest[7..19] : digest;

    public static Data Labels(ICollection<KeyValuePair<string, string>> labels)
    {
        var data = new Data(labels.Count);
        foreach (var (key, value) in labels.OrderBy(static label => label.Key, StringComparer.Ordinal))
        {
            data.Add(key, value);
        }

        return data;
    }

    /// <summary>Options of the form key=value.</summary>
    public static Dictionary<string, string> ParseLabels(IEnumerable<string>? labels)
    {
        var parsed = new Dictionary<string, string>();
        foreach (var label in labels ?? [])
        {
            var parts = label.Split('=', 2);
            parsed[parts[0]] = parts.Length > 1 ? parts[1] : "";
        }

        return parsed;
    }

    public static string Text(Data row, string field) => row.TryGet(field, out var value) ? value as string ?? "" : "";

    public static ulong Number(Data row, string field) => row.TryGet(field, out var value) && value is ulong number ? number : 0;
}
