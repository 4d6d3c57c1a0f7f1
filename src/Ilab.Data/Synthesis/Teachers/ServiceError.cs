using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ilab.Data.Synthesis.Teachers;

/// <summary>An error response of a service, in whatever shape it came: OpenAI's, a plain text, a list of problems, a web page.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Text">One line; empty if the response says nothing.</param>
/// <param name="Code">Machine-readable codes and types, separated by spaces; may be empty.</param>
/// <param name="Parameter">The parameter it is about; empty if it does not say.</param>
internal sealed partial record ServiceError(int Status, string Reason, string Text, string Code = "", string Parameter = "")
{
    private const int Longest = 300;

    /// <summary>Status and text in one line.</summary>
    public string Message => $"{Status}{(Reason.Length > 0 ? " " + Reason : "")}{(Text.Length > 0 ? ": " + Text : "")}";

    public static ServiceError Read(int status, string? reason, string body)
    {
        reason ??= "";
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 ? list[0] : document.RootElement;
            return OfJson(status, reason, root);
        }
        catch (JsonException)
        {
            return new ServiceError(status, reason, OneLine(body.Contains("</", StringComparison.Ordinal) ? Page(body) : body));
        }
    }

    /// <summary>Whether a response with a successful status is an error nevertheless, as gateways send it; with the status it names.</summary>
    public static ServiceError? Hidden(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (
                document.RootElement.ValueKind != JsonValueKind.Object
                || document.RootElement.TryGetProperty("choices", out _)
                || !document.RootElement.TryGetProperty("error", out var error)
                || error.ValueKind is not (JsonValueKind.Object or JsonValueKind.String)
            )
            {
                return null;
            }

            var status =
                error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty("code", out var code)
                && code.ValueKind == JsonValueKind.Number
                && code.TryGetInt32(out var number)
                && number is >= 400 and < 600
                    ? number
                    : (int)HttpStatusCode.BadGateway;
            return OfJson(status, "", document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ServiceError OfJson(int status, string reason, JsonElement root)
    {
        var inner = First(root, "error", "detail", "errors", "message", "msg") ?? root;
        if (inner.ValueKind == JsonValueKind.Array)
        {
            return OfList(status, reason, inner);
        }

        if (inner.ValueKind != JsonValueKind.Object)
        {
            return new ServiceError(status, reason, OneLine(inner.ToString()), Codes(root), String(root, "param"));
        }

        var text = First(inner, "message", "msg", "error", "detail", "title")?.ToString() ?? "";
        return new ServiceError(status, reason, OneLine(text + Numbers(inner)), Codes(inner), String(inner, "param"));
    }

    /// <summary>A list of problems, each with the place in the body of the request.</summary>
    private static ServiceError OfList(int status, string reason, JsonElement list)
    {
        var (texts, codes, parameter) = (new List<string>(), new List<string>(), "");
        foreach (var problem in list.EnumerateArray())
        {
            if (problem.ValueKind != JsonValueKind.Object)
            {
                texts.Add(problem.ToString());
                continue;
            }

            var place =
                problem.TryGetProperty("loc", out var path) && path.ValueKind == JsonValueKind.Array && path.GetArrayLength() > 1 ? path[1].ToString() : "";
            texts.Add($"{(place.Length > 0 ? place + ": " : "")}{First(problem, "msg", "message")?.ToString() ?? ""}");
            codes.Add(Codes(problem));
            parameter = parameter.Length > 0 ? parameter : place;
        }

        return new ServiceError(status, reason, OneLine(string.Join("; ", texts)), string.Join(' ', codes), parameter);
    }

    /// <summary>Figures that some services give beside the message, such as the size of the context.</summary>
    private static string Numbers(JsonElement error)
    {
        var numbers = error
            .EnumerateObject()
            .Where(static field => field.Value.ValueKind == JsonValueKind.Number && field.Name is not ("code" or "status" or "status_code" or "http_code"))
            .Select(static field => $"{field.Name} {field.Value}")
            .ToList();
        return numbers.Count > 0 ? $" ({string.Join(", ", numbers)})" : "";
    }

    private static string Codes(JsonElement error) => $"{String(error, "code")} {String(error, "type")}".Trim();

    private static string String(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";

    private static JsonElement? First(JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The title of a web page, or its text.</summary>
    private static string Page(string html)
    {
        var title = Title().Match(html);
        return WebUtility.HtmlDecode(Markup().Replace(title.Success ? title.Groups[1].Value : Unseen().Replace(html, " "), " "));
    }

    private static string OneLine(string text)
    {
        var line = Spaces().Replace(text, " ").Trim();
        return line.Length > Longest ? line[..Longest] + "..." : line;
    }

    [GeneratedRegex(@"<title[^>]*>(.*?)</title>", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Title();

    [GeneratedRegex(@"<(script|style|head)\b.*?</\1>", RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Unseen();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Markup();

    [GeneratedRegex(@"[\s\p{Cc}]+")]
    private static partial Regex Spaces();
}
