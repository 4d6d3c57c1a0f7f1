using Ilab.Native.Llama;
using Ilab.Native.Llama.Loading;
using Ilab.Native.OneDnn;
using Ilab.Testing;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>What the engine says of a model, with keys, values and attention in single precision.</summary>
internal static class NativeLogits
{
    /// <returns>Logits for every token: [tokens][vocabulary].</returns>
    public static float[][] Of(string path, int[] tokens, int cells = 256)
    {
        using var model = Load(path);
        using var context = Create(model, cells);
        using var batch = new LlamaBatch(tokens.Length);
        for (var position = 0; position < tokens.Length; position++)
        {
            batch.Add(tokens[position], position, 0, logits: true);
        }

        Assert.Equal(0, context.Decode(batch));
        return [.. Enumerable.Range(0, tokens.Length).Select(index => context.Logits(index).ToArray())];
    }

    /// <summary>The logits that follow a prompt, and those after each most likely token that is added to it: [1 + tokens][vocabulary].</summary>
    public static float[][] Greedy(string path, int[] tokens, int count, int cells = 256)
    {
        using var model = Load(path);
        using var context = Create(model, cells);
        using var batch = new LlamaBatch(tokens.Length);
        var rows = new float[count + 1][];
        for (var step = 0; step <= count; step++)
        {
            batch.Clear();
            foreach (var (token, index) in (step == 0 ? tokens : [Best(rows[step - 1])]).Select(static (token, index) => (token, index)))
            {
                batch.Add(token, step == 0 ? index : tokens.Length + step - 1, 0, logits: true);
            }

            Assert.Equal(0, context.Decode(batch));
            rows[step] = context.Logits(batch.Count - 1).ToArray();
        }

        return rows;
    }

    /// <summary>Embeddings of all tokens of a text, without pooling: [tokens][width].</summary>
    public static float[][] Embeddings(string path, int[] tokens)
    {
        using var model = Load(path);
        using var context = Create(model, Math.Max(64, tokens.Length), Pooling.None);
        using var batch = new LlamaBatch(tokens.Length);
        for (var position = 0; position < tokens.Length; position++)
        {
            batch.Add(tokens[position], position, 0, logits: true);
        }

        Assert.Equal(0, context.Embed(batch));
        return [.. Enumerable.Range(0, tokens.Length).Select(index => context.EmbeddingOfToken(index).ToArray())];
    }

    public static int Best(float[] logits) => Array.IndexOf(logits, logits.Max());

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
        GovernedDevice.Register();
        return LlamaModel.Load([path], 0, static _ => true);
    }

    /// <summary>A context as the runner makes them on a CPU, but for the precision.</summary>
    public static LlamaContext Create(LlamaModel model, int cells, Pooling? pooling = null) =>
        LlamaContext.Create(
            model,
            new ContextOptions
            {
                Cells = cells,
                Sequences = 1,
                BatchSize = Math.Max(512, cells),
                Threads = 2,
                Exact = true,
                IsGoverned = true,
                Pooling = pooling,
            }
        );
}
