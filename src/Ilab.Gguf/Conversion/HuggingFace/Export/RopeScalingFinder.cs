using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Description;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>llama3's scaling lies in a GGUF as the factors that come of it; the numbers behind them are found again.</summary>
internal static class RopeScalingFinder
{
    public const string Factors = "rope_freqs.weight";
    private const int SmallestContext = 32,
        LargestContext = 1 << 20;
    private const float Near = 1e-4f;

    /// <exception cref="ConversionException">Factors that no config has words for, and what reading the metadata may say.</exception>
    public static FamilyModel Read(GgufFile file, SafeFileHandle handle, Func<Stream> open)
    {
        if (file.Tensors.FirstOrDefault(static tensor => tensor.Name == Factors) is not { } tensor)
        {
            return BackConfig.Read(file, open, null);
        }

        var factors = new float[tensor.Elements];
        FileRows.Of(handle, file.DataOffset, tensor).Read(0, factors);
        var plain = BackConfig.Read(file, open, null);
        if (IsOf(plain, factors))
        {
            return plain;
        }

        for (var original = SmallestContext; original <= LargestContext; original *= 2)
        {
            var context = original;
            var model = BackConfig.Read(
                file,
                open,
                new Dictionary<string, object?>
                {
                    ["rope_type"] = "llama3",
                    ["factor"] = GgufSource.Short(MathF.Round(factors.Max(), 3)),
                    ["low_freq_factor"] = 1m,
                    ["high_freq_factor"] = 4m,
                    ["original_max_position_embeddings"] = context,
                }
            );
            if (IsOf(model, factors))
            {
                return model;
            }
        }

        throw new ConversionException($"{Factors} holds factors that config.json has no words for", isUnsupported: true);
    }

    private static bool IsOf(FamilyModel model, float[] factors) =>
        model
            .Family.Computed.Select(computed => computed.Name == Factors ? computed.Values(model.Config, model.Measures) : null)
            .FirstOrDefault(static values => values is not null)
            is { } own
        && own.Length == factors.Length
        && own.Zip(factors).All(static pair => Math.Abs(pair.First - pair.Second) <= Near * pair.Second);
}
