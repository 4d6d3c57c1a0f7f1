using Ilab.Engine.Errors;

namespace Ilab.Engine.Workloads.Conversion;

/// <summary>A quantization type.</summary>
/// <param name="FileType">llama.cpp's number (llama_ftype).</param>
/// <param name="Bits">Approximate bits per weight, for progress and required space.</param>
/// <param name="NeedsImportance">Whether it requires an importance matrix.</param>
public sealed record QuantizationType(string Name, int FileType, double Bits, bool NeedsImportance = false);

/// <summary>All quantization types of the pinned llama.cpp.</summary>
public static class QuantizationTypes
{
    public static IReadOnlyList<QuantizationType> All { get; } =
    [
        new("F32", 0, 32),
        new("F16", 1, 16),
        new("BF16", 32, 16),
        new("Q8_0", 7, 8.5),
        new("Q6_K", 18, 6.6),
        new("Q5_0", 8, 5.5),
        new("Q5_1", 9, 6),
        new("Q5_K_S", 16, 5.6),
        new("Q5_K_M", 17, 5.7),
        new("Q4_0", 2, 4.6),
        new("Q4_1", 3, 5.1),
        new("Q4_K_S", 14, 4.7),
        new("Q4_K_M", 15, 4.9),
        new("IQ4_NL", 25, 4.6),
        new("IQ4_XS", 30, 4.4),
        new("MXFP4_MOE", 38, 4.3),
        new("Q3_K_S", 11, 3.7),
        new("Q3_K_M", 12, 4.1),
        new("Q3_K_L", 13, 4.4),
        new("IQ3_XXS", 23, 3.2, NeedsImportance: true),
        new("IQ3_XS", 22, 3.4, NeedsImportance: true),
        new("IQ3_S", 26, 3.6),
        new("IQ3_M", 27, 3.8),
        new("Q2_0", 41, 2.4),
        new("Q2_K", 10, 3.2),
        new("Q2_K_S", 21, 2.9, NeedsImportance: true),
        new("IQ2_XXS", 19, 2.2, NeedsImportance: true),
        new("IQ2_XS", 20, 2.4, NeedsImportance: true),
        new("IQ2_S", 28, 2.6, NeedsImportance: true),
        new("IQ2_M", 29, 2.8, NeedsImportance: true),
        new("TQ2_0", 37, 2.3),
        new("TQ1_0", 36, 1.9),
        new("IQ1_S", 24, 1.8, NeedsImportance: true),
        new("IQ1_M", 31, 2, NeedsImportance: true),
        new("Q1_0", 40, 1.3),
    ];

    /// <exception cref="EngineException">INVALID_ARGUMENT: no such type, or it requires a missing importance matrix.</exception>
    public static QuantizationType Find(string name, bool hasImportance)
    {
        var wanted = name.ToUpperInvariant() switch
        {
            "Q3_K" => "Q3_K_M",
            "Q4_K" => "Q4_K_M",
            "Q5_K" => "Q5_K_M",
            var other => other,
        };
        var type =
            All.FirstOrDefault(type => type.Name == wanted)
            ?? throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{name} is not a quantization type",
                $"supported types: {string.Join(", ", All.Select(static type => type.Name))}"
            );
        return !type.NeedsImportance || hasImportance
            ? type
            : throw new EngineException(
                ErrorKind.InvalidArgument,
                $"{type.Name} requires an importance matrix; without one the model would be unusable",
                "specify one with --imatrix FILE, or choose a larger type"
            );
    }
}
