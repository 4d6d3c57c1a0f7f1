using System.Globalization;
using Ilab.Benchmarks.LlamaSharp;

// Usage: Ilab.Benchmarks.LlamaSharp MODEL THREADS. Says "ready", then answers each line "TOKENS PROMPT" with tokens per second.
using var loop = new PeerLoop(args[0], int.Parse(args[1], CultureInfo.InvariantCulture));
Console.WriteLine("ready LLamaSharp");
while (Console.ReadLine() is { Length: > 0 } line)
{
    var (tokens, prompt) = line.Split(' ', 2) is [var count, var text]
        ? (int.Parse(count, CultureInfo.InvariantCulture), text)
        : throw new FormatException($"not TOKENS PROMPT: {line}");
    Console.WriteLine(loop.TokensPerSecond(prompt, tokens).ToString("R", CultureInfo.InvariantCulture));
}
