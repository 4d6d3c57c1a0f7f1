using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>The size of a request, and whether a service refused it as too large.</summary>
/// <param name="promptTokens">Estimated.</param>
internal sealed partial class RequestSize(int promptTokens, JsonObject sent)
{
    private const int ContentTooLarge = 413;
    private const int TooManyRequests = 429;

    public bool IsExceeded(ServiceError error) =>
        error.Status == ContentTooLarge
        || (error.Status is >= 400 and < 500 && Codes().IsMatch(error.Code))
        || (error.Status is 400 or 422 && Words().IsMatch(error.Text))
        || (error.Status == TooManyRequests && (TooLarge().IsMatch(error.Text) || IsAboveLimit(error.Text)))
        || (error.Status >= 500 && Context().IsMatch(error.Text));

    public override string ToString()
    {
        var most = (sent["max_tokens"] ?? sent["max_completion_tokens"])?.ToString();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"about {promptTokens} prompt tokens{(most is null ? "" : $", max_tokens {most}")}, {Encoding.UTF8.GetByteCount(sent.ToJsonString())} bytes"
        );
    }

    /// <summary>A request that is larger than the limit of a minute never fits, unlike one that comes too early.</summary>
    private static bool IsAboveLimit(string text) =>
        Limits().Match(text) is { Success: true } match
        && long.TryParse(match.Groups[1].Value.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture, out var limit)
        && long.TryParse(match.Groups[2].Value.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture, out var requested)
        && requested > limit;

    [GeneratedRegex("context_length|context_window|exceed_context|request_too_large|string_above_max_length|prompt_too_long", RegexOptions.IgnoreCase)]
    private static partial Regex Codes();

    [GeneratedRegex(
        "context (length|window|size)|maximum (model|input|prompt|sequence) length|(prompt|input|request|messages?) (is|are)? ?too (long|large)|reduce the length|too many (input )?tokens|max_model_len|exceeds? the (maximum|available|model)[^.]*(tokens|context|length)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Words();

    [GeneratedRegex("context (length|window|size)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Context();

    [GeneratedRegex("(request|prompt|input) (is )?too large|too large for", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex TooLarge();

    [GeneratedRegex(@"limit:?\s*([\d,]+)\b.*?requested:?\s*([\d,]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Limits();
}
