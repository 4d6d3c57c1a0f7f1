using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Ilab.Api.V1;

namespace Ilab.Cli.Commands.Models.Inference;

/// <summary>Formats finish reason and timings of a generation.</summary>
internal static class FinishText
{
    public static string Of(FinishReason reason) =>
        reason switch
        {
            FinishReason.Length => "length",
            FinishReason.Cancelled => "cancelled",
            _ => "stop",
        };

    public static double Seconds(Duration? time) => time?.ToTimeSpan().TotalSeconds ?? 0;

    /// <summary>For --verbose: one line each for load, prompt and answer.</summary>
    public static IEnumerable<string> Timings(GenerationFinished finished)
    {
        if (Seconds(finished.LoadTime) is > 0 and double load)
            yield return string.Create(CultureInfo.InvariantCulture, $"load:   {load:0.00} s");
        yield return string.Create(CultureInfo.InvariantCulture, $"prompt: {Rate(finished.PromptTokens, finished.PromptTime)}{Cached(finished)}");
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"answer: {Rate(finished.CompletionTokens, finished.DecodeTime)}, seed {finished.Seed}{Guessed(finished)}"
        );
    }

    private static string Rate(uint tokens, Duration? time)
    {
        double seconds = Seconds(time);
        string rate = seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $", {tokens / seconds:0.0} tokens/s") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens, {seconds:0.00} s{rate}");
    }

    private static string Guessed(GenerationFinished finished) =>
        finished.GuessedTokens > 0 ? string.Create(CultureInfo.InvariantCulture, $", {finished.AcceptedTokens} of {finished.GuessedTokens} guesses right") : "";

    private static string Cached(GenerationFinished finished) =>
        finished.CachedPromptTokens > 0 ? string.Create(CultureInfo.InvariantCulture, $", {finished.CachedPromptTokens} cached") : "";
}
