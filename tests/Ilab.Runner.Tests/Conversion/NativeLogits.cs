using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Testing;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>What llama.cpp says of a model.</summary>
internal static class NativeLogits
{
    /// <returns>Logits for every token: [tokens][vocabulary].</returns>
    public static float[][] Of(string path, int[] tokens, int cells = 256)
    {
        using var model = Load(path);
        using var context = LlamaContext.Create(
            model,
            new ContextOptions
            {
                Cells = cells,
                Sequences = 1,
                Threads = 2,
                Exact = true,
            }
        );
        using var batch = new LlamaBatch(tokens.Length);
        for (var position = 0; position < tokens.Length; position++)
        {
            batch.Add(tokens[position], position, 0, logits: true);
        }

        Assert.Equal(0, context.Decode(batch));
        return [.. Enumerable.Range(0, tokens.Length).Select(index => context.Logits(index).ToArray())];
    }

    public static int[] Tokenize(string path, string text)
    {
        using var model = Load(path);
        return model.Vocabulary.Tokenize(text, addSpecial: true, parseSpecial: false);
    }

    public static double Difference(double[][] expected, float[][] actual) =>
        expected.Zip(actual).Max(static rows => rows.First.Zip(rows.Second).Max(static pair => Math.Abs(pair.First - pair.Second)));

    public static LlamaModel Load(string path)
    {
        NativeLibraries.Load(TestPaths.NativeLibraries);
        NativeLog.SendTo(static (_, _) => { });
        return LlamaModel.Load([path], 0, static _ => true);
    }
}
