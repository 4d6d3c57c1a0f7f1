using System.Globalization;
using Ilab.Benchmarks.LlamaSharp;

// Usage: Ilab.Benchmarks.LlamaSharp MODEL THREADS. Says "ready", then answers each line "TOKENS PROMPT" with tokens per second.
//        Ilab.Benchmarks.LlamaSharp MODEL THREADS SEQUENCES CONTEXT. Says "ready", then serves: see PeerBatches.
if (args is [_, _, var sequences, var context])
{
    using var batches = new PeerBatches(args[0], Number(args[1]), Number(sequences), Number(context));
    Console.WriteLine("ready LLamaSharp");
    await batches.ServeAsync(Console.In, Console.Out);
    return;
}

using var loop = new PeerLoop(args[0], Number(args[1]));
Console.WriteLine("ready LLamaSharp");
while (Console.ReadLine() is { Length: > 0 } line)
{
    var (tokens, prompt) = line.Split(' ', 2) is [var count, var text] ? (Number(count), text) : throw new FormatException($"not TOKENS PROMPT: {line}");
    Console.WriteLine(loop.TokensPerSecond(prompt, tokens).ToString("R", CultureInfo.InvariantCulture));
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
