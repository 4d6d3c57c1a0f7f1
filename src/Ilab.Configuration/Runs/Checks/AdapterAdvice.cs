using System.Globalization;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Settings of adapters that are taken, and hardly train.</summary>
internal static class AdapterAdvice
{
    private const int LargestScale = 64;

    public static void Params(CheckContext context)
    {
        if (
            context.Section.Whole("lora_alpha") is { } alpha
            && context.Section.Whole("lora_r") is > 0 and var rank
            && alpha / (double)rank is > LargestScale and var scale
        )
        {
            context.Warn(
                "lora_alpha",
                string.Create(CultureInfo.InvariantCulture, $"adapters are scaled by {scale:0}, which is lora_alpha / lora_r"),
                "usual are 1 and 2",
                "range"
            );
        }
    }
}
