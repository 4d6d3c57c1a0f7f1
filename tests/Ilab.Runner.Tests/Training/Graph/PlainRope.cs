using System.Text.Json.Nodes;

namespace Ilab.Runner.Tests.Training.Graph;

/// <summary>Frequencies of rotary positions as configs say them.</summary>
internal sealed class PlainRope
{
    private readonly double[] _frequencies;

    public PlainRope(PlainDecoder decoder, bool isSliding, int turning)
    {
        var scaling = decoder.Find("rope_scaling") as JsonObject;
        var start = isSliding && decoder.Find("rope_local_base_freq") is not null ? decoder.Number("rope_local_base_freq") : decoder.Number("rope_theta");
        _frequencies = [.. Enumerable.Range(0, turning / 2).Select(index => Math.Pow(start, -2.0 * index / turning))];
        if (!isSliding && decoder.Find("proportional_part") is not null)
        {
            // Only the first pairs turn, at the pace that they have in the whole head.
            var moving = turning * decoder.Number("proportional_part") / 2;
            _frequencies = [.. _frequencies.Select((value, index) => index < moving ? value : 0)];
        }

        var isPlain = isSliding && decoder.Measures.Type is "gemma3_text" or "olmo3";
        if (scaling is null || isPlain)
        {
            return;
        }

        switch ((string?)(scaling["rope_type"] ?? scaling["type"]))
        {
            case "linear":
                _frequencies = Array.ConvertAll(_frequencies, value => value / Of("factor"));
                break;
            case "llama3":
                _frequencies = Array.ConvertAll(_frequencies, Llama3);
                break;
            case "yarn":
                Yarn(start, turning);
                break;
            case "longrope":
                var factors = scaling["short_factor"]!.AsArray();
                _frequencies = [.. _frequencies.Select((value, index) => value / (double)factors[index]!)];
                var (longest, original) = (decoder.Number("max_position_embeddings"), decoder.Number("original_max_position_embeddings"));
                Length = Math.Sqrt(1 + (Math.Log(longest / original) / Math.Log(original)));
                break;
            case "mrope":
                break; // A text has one position for all axes.
            default:
                throw new InvalidOperationException("a kind of scaling that no case has");
        }

        double Of(string key) => double.Parse(scaling[key]!.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);

        double Llama3(double frequency)
        {
            var (wave, context) = (2 * Math.PI / frequency, Of("original_max_position_embeddings"));
            var smooth = ((context / wave) - Of("low_freq_factor")) / (Of("high_freq_factor") - Of("low_freq_factor"));
            return wave < context / Of("high_freq_factor") ? frequency
                : wave > context / Of("low_freq_factor") ? frequency / Of("factor")
                : ((1 - smooth) * frequency / Of("factor")) + (smooth * frequency);
        }

        void Yarn(double theta, int count)
        {
            var (factor, context) = (Of("factor"), Of("original_max_position_embeddings"));
            double At(double turns) => count * Math.Log(context / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
            var (low, high) = (Math.Max(0, Math.Floor(At(32))), Math.Min(count - 1, Math.Ceiling(At(1))));
            for (var index = 0; index < _frequencies.Length; index++)
            {
                var ramp = Math.Clamp((index - low) / Math.Max(high - low, 0.001), 0, 1);
                _frequencies[index] = (_frequencies[index] / factor * ramp) + (_frequencies[index] * (1 - ramp));
            }

            double MagnitudeOf(string key) => scaling[key] is null ? 1 : (0.1 * Of(key) * Math.Log(factor)) + 1;
            Length = scaling["mscale_all_dim"] is null ? (0.1 * Math.Log(factor)) + 1 : MagnitudeOf("mscale") / MagnitudeOf("mscale_all_dim");
        }
    }

    /// <summary>Factor of what was turned.</summary>
    public double Length { get; private set; } = 1;

    public double Frequency(int index) => _frequencies[index];
}
