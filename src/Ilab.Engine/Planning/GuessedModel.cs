using System.Globalization;
using System.Text.RegularExpressions;
using Ilab.Engine.Store.Catalog;

namespace Ilab.Engine.Planning;

/// <summary>
/// A model of which nothing is known but its size, or a name that says it, such as <c>meta-llama/Llama-3.1-8B</c>: what is usual for that size.
/// </summary>
public static partial class GuessedModel
{
    /// <summary>Bits of a weight, as models are published.</summary>
    public const double UsualBits = 16;

    private const int UsualContext = 8192;

    /// <summary>Most experts share their attention: so much of eight times seven billion are there.</summary>
    private const double ShareOfExperts = 0.83;

    /// <summary>Layers, width, heads with their length, key heads and vocabulary of published models by billions of parameters.</summary>
    private static readonly (double Billions, int Layers, int Width, int Heads, int Length, int KeyHeads, int Vocabulary)[] Usual =
    [
        (0.0145, 6, 384, 6, 64, 6, 259),
        (0.135, 30, 576, 9, 64, 3, 49152),
        (0.36, 32, 960, 15, 64, 5, 49152),
        (0.6, 28, 1024, 16, 128, 8, 151936),
        (1.2, 16, 2048, 32, 64, 8, 128256),
        (1.7, 28, 2048, 16, 128, 8, 151936),
        (3.2, 28, 3072, 24, 128, 8, 128256),
        (4, 36, 2560, 32, 128, 8, 151936),
        (8, 32, 4096, 32, 128, 8, 128256),
        (14, 40, 5120, 40, 128, 8, 151936),
        (32, 64, 5120, 64, 128, 8, 151936),
        (70, 80, 8192, 64, 128, 8, 128256),
        (405, 126, 16384, 128, 128, 8, 128256),
    ];

    /// <param name="name">As people write it.</param>
    /// <returns>Null = it says no number of parameters.</returns>
    public static ModelSummary? OfName(string name)
    {
        if (Sizes().Match(name) is not { Success: true } match)
        {
            return null;
        }

        var number = double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        var experts = match.Groups["experts"] is { Success: true } group ? double.Parse(group.Value, CultureInfo.InvariantCulture) * ShareOfExperts : 1;
        var unit = match.Groups["unit"].Value is "M" or "m" ? 1e6 : 1e9;
        var bits = Bits(name);
        return number * experts * unit is >= 1e5 and < 1e13 and var parameters ? OfParameters((ulong)parameters, bits) : null;
    }

    /// <param name="bits">Bits of a weight in its file.</param>
    public static ModelSummary OfParameters(ulong parameters, double bits = UsualBits)
    {
        var billions = parameters / 1e9;
        var usual = Usual.MinBy(shape => Math.Abs(Math.Log(shape.Billions / billions)));
        return new ModelSummary
        {
            Parameters = parameters,
            Size = (long)(parameters * bits / 8),
            Layers = usual.Layers,
            Embedding = usual.Width,
            Heads = usual.Heads,
            KvHeads = usual.KeyHeads,
            HeadDimension = usual.Length,
            Vocabulary = usual.Vocabulary,
            ContextLength = UsualContext,
            Quantization = bits switch
            {
                >= 32 => "F32",
                >= 16 => "BF16",
                _ => "quantized",
            },
        };
    }

    /// <summary>What a name says of the type of the weights; published weights have 16 bits.</summary>
    private static double Bits(string name) =>
        Types().Match(name) is { Success: true } match
            ? match.Value.ToUpperInvariant() switch
            {
                "F32" => 32,
                "F16" or "BF16" => 16,
                ['Q' or 'I', .., '8', '_', '0'] or "Q8_0" => 8.5,
                var type when type.Contains('6') => 6.6,
                var type when type.Contains('5') => 5.7,
                var type when type.Contains('3') => 3.9,
                var type when type.Contains('2') => 3,
                _ => 4.85,
            }
            : UsualBits;

    [GeneratedRegex("""(?<![0-9A-Za-z.])((?<experts>[0-9]{1,3})x)?(?<number>[0-9]{1,4}(\.[0-9]{1,4})?)(?<unit>[bBmM])(?![0-9A-Za-z])""")]
    private static partial Regex Sizes();

    [GeneratedRegex("""(?<![0-9A-Za-z])(I?Q[2-8](_[A-Z0-9]+)*|B?F16|F32)(?![0-9A-Za-z])""", RegexOptions.IgnoreCase)]
    private static partial Regex Types();
}
