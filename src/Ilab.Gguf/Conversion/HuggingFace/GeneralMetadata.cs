using System.Globalization;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>What a model is called, how large it is, and what its makers say about it in generation_config.json and the model card.</summary>
internal static class GeneralMetadata
{
    public static void Write(SourceFolder folder, IReadOnlyList<PlannedTensor> tensors, GgufSettings settings)
    {
        settings.Set("general.type", "model");
        GenerationDefaults.Write(folder, settings);
        settings.Set("general.name", TitleOf(folder.Name));
        settings.Set("general.size_label", SizeOf(tensors));
        ModelCard.Write(folder, settings);
    }

    /// <summary>Words apart, in capitals but for versions and sizes: <c>mistral-v0.1</c> is Mistral v0.1.</summary>
    internal static string TitleOf(string name) =>
        string.Join(' ', name.Replace('-', ' ').Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static word => IsPlain(word) ? Capital(word) : word));

    private static bool IsPlain(string word) =>
        word.Any(char.IsLetter) && !word.Any(char.IsUpper) && !char.IsAsciiDigit(word[0]) && !(word[0] == 'v' && word.Length > 1 && char.IsAsciiDigit(word[1]));

    // A letter after anything that is no letter begins a word.
    private static string Capital(string word)
    {
        var letters = word.ToCharArray();
        for (var index = 0; index < letters.Length; index++)
        {
            letters[index] = index == 0 || !char.IsLetter(letters[index - 1]) ? char.ToUpperInvariant(letters[index]) : letters[index];
        }

        return new string(letters);
    }

    /// <summary>The number of weights, with experts as in 8x7B: so many, and the size of a model with one of them.</summary>
    private static string SizeOf(IReadOnlyList<PlannedTensor> tensors)
    {
        long shared = 0,
            ofExpert = 0,
            experts = 0,
            stacks = 0;
        foreach (var tensor in tensors)
        {
            var size = tensor.Shape.Aggregate(1L, static (product, length) => product * length);
            var isBias = tensor.Name.Contains(".bias", StringComparison.Ordinal);
            if (tensor.Name.Contains("_exps.", StringComparison.Ordinal) && tensor.Shape.Length >= 3)
            {
                var count = tensor.Shape[isBias ? ^2 : ^3];
                (ofExpert, experts, stacks) = (ofExpert + (size / count), experts + count, stacks + 1);
            }
            else
            {
                shared += size;
            }
        }

        return stacks > 0 ? string.Create(CultureInfo.InvariantCulture, $"{experts / stacks}x{Rounded(shared + ofExpert)}") : Rounded(shared);
    }

    private static string Rounded(long count)
    {
        var (scaled, unit) =
            count > 1e12 ? (count * 1e-12, "T")
            : count > 1e9 ? (count * 1e-9, "B")
            : count > 1e6 ? (count * 1e-6, "M")
            : (count * 1e-3, "K");
        var digits = Math.Round(scaled, MidpointRounding.ToEven) switch
        {
            0 => 0,
            < 10 => 1,
            _ => 2,
        };
        return scaled.ToString($"F{Math.Max(2 - digits, 0)}", CultureInfo.InvariantCulture) + unit;
    }
}
