using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>
/// What a service takes in a request. A parameter that it refuses is renamed, lowered or left out for all further requests, which is logged once.
/// </summary>
internal sealed partial class RequestShape(string service, Action<string, string> log)
{
    private const string MaxTokens = "max_tokens";
    private const string MaxCompletionTokens = "max_completion_tokens";
    private static readonly string[] Essential = ["model", "messages", "prompt"];

    private readonly Lock _gate = new();

    /// <summary>By parameter as we know it: the name to use; null = leave it out.</summary>
    private readonly Dictionary<string, string?> _changes = new(StringComparer.Ordinal);
    private int _mostTokens = int.MaxValue;

    /// <summary>Changes a request to what the service is known to take.</summary>
    public JsonObject Apply(JsonObject body)
    {
        lock (_gate)
        {
            if (body[MaxTokens]?.GetValue<int>() > _mostTokens)
            {
                body[MaxTokens] = _mostTokens;
            }

            foreach (var (name, change) in _changes)
            {
                if (body.Remove(name, out var value) && change is not null)
                {
                    body[change] = value;
                }
            }

            return body;
        }
    }

    /// <param name="sent">The request that was refused.</param>
    /// <returns>Whether another request without the refused parameter makes sense.</returns>
    public bool Adapt(ServiceError error, JsonObject sent)
    {
        if (error.Status is not (400 or 422) || ParameterOf(error, sent) is not { } name)
        {
            return false;
        }

        var limit = name is MaxTokens or MaxCompletionTokens ? Limit(error.Text, sent[name]) : null;
        if (limit is null && !Unsupported().IsMatch($"{error.Text} {error.Code}"))
        {
            return false;
        }

        lock (_gate)
        {
            return limit is { } most ? Lower(name, most) : Change(name, error.Text);
        }
    }

    private static string? ParameterOf(ServiceError error, JsonObject sent)
    {
        var open = sent.Select(static field => field.Key).Where(static name => !Essential.Contains(name)).ToList();
        var named = error.Parameter.Split('.')[^1];
        if (open.Contains(named))
        {
            return named;
        }

        var mentioned = open.Select(name => (Name: name, At: Mention(error.Text, name)))
            .Where(static one => one.At >= 0)
            .OrderBy(static one => one.At)
            .ToList();
        return mentioned.Count == 0 ? null
            : Together().IsMatch(error.Text) ? mentioned[^1].Name
            : mentioned[0].Name;
    }

    private static int Mention(string text, string name)
    {
        // A short name is a word of its own in many sentences: it must be quoted.
        var word =
            name.Length > 4 || name.Contains('_', StringComparison.Ordinal)
                ? $@"(?<!\w){Regex.Escape(name)}(?!\w)"
                : $"['\"`]{Regex.Escape(name)}['\"`]|(?<=(?:parameter|argument|supplied|field|key|input)s?:? ){Regex.Escape(name)}\\b|^{Regex.Escape(name)}(?=:| is\\b)";
        var match = Regex.Match(text, word, RegexOptions.CultureInvariant);
        return match.Success ? match.Index : -1;
    }

    private static int? Limit(string text, JsonNode? sent)
    {
        var match = Most().Match(text);
        return
            match.Success
            && int.TryParse(match.Groups.Values.Skip(1).First(static group => group.Success).Value, CultureInfo.InvariantCulture, out var most)
            && most > 0
            && sent is JsonValue value
            && value.TryGetValue<int>(out var asked)
            && most < asked
            ? most
            : null;
    }

    private bool Lower(string name, int most)
    {
        if (most < _mostTokens)
        {
            _mostTokens = most;
            log("warning", $"{service} takes at most {most} {name}: asking for {most} from now on");
        }

        return true;
    }

    private bool Change(string name, string text)
    {
        var known = _changes.FirstOrDefault(change => change.Value == name).Key ?? name;
        if (_changes.TryGetValue(known, out var already) && already != name)
        {
            return true; // another request found out meanwhile
        }

        var instead = Instead().Match(text) is { Success: true } match ? match.Groups[1].Value : null;
        instead ??= name == MaxTokens ? MaxCompletionTokens : null;
        if (instead == name || instead == known || Essential.Contains(instead))
        {
            instead = null;
        }

        _changes[known] = instead;
        log("warning", $"{service} does not take {name} ({text}): {(instead is null ? "leaving it out" : $"using {instead}")} from now on");
        return true;
    }

    [GeneratedRegex(
        @"unsupported|not[_ ]supported|(does not|doesn't|do not) (support|accept)|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed|extra[_ ](fields|inputs|forbidden)|deprecated|not available|only the default|no longer|cannot (both )?be (specified|used|set)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Unsupported();

    [GeneratedRegex(@"cannot (both )?be (specified|used|set)|together", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Together();

    [GeneratedRegex(@"use\s+['""`]?(\w+)['""`]?\s+instead", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Instead();

    [GeneratedRegex(
        @"at most\s+[`'""]?(\d+)|\[\s*\d+\s*,\s*(\d+)\s*\]|less than or equal to\s+[`'""]?(\d+)|<=\s*(\d+)|\d\s*>\s*(\d+)|maximum (?:allowed )?(?:value )?(?:is|of)\s+[`'""]?(\d+)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Most();
}
