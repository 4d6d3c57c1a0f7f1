using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Ilab.Http.Calls;

/// <summary>Which part of a list is asked for.</summary>
internal static class Paging
{
    /// <summary>A page of the entries.</summary>
    /// <param name="newestFirst">All entries.</param>
    /// <param name="most">Most entries of a page.</param>
    /// <param name="usual">As many are in a page if the request does not say it.</param>
    /// <exception cref="ProblemException">400, naming the parameter.</exception>
    public static Page<T> Of<T>(HttpRequest request, IReadOnlyList<T> newestFirst, Func<T, string> id, int most, int usual)
    {
        var limit = Number(request, "limit", most) ?? usual;
        IReadOnlyList<T> all = Text(request, "order") switch
        {
            null or "desc" => newestFirst,
            "asc" => [.. newestFirst.Reverse()],
            _ => throw ProblemException.Invalid("order must be asc or desc", "order"),
        };
        var start = 0;
        if (Text(request, "after") is { } after)
        {
            start = all.TakeWhile(entry => id(entry) != after).Count() + 1;
            if (start > all.Count)
            {
                throw ProblemException.Invalid($"after names nothing in the list: {after}", "after");
            }
        }

        T[] page = [.. all.Skip(start).Take(limit)];
        return new Page<T>("list", page, page.Length > 0 ? id(page[0]) : null, page.Length > 0 ? id(page[^1]) : null, HasMore: start + page.Length < all.Count);
    }

    public static string? Text(HttpRequest request, string name) => request.Query[name] is [{ Length: > 0 } value, ..] ? value : null;

    private static int? Number(HttpRequest request, string name, int most) =>
        Text(request, name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number
        : throw ProblemException.Invalid($"{name} must be an integer from 1 to {most}", name);
}

/// <summary>A part of a list.</summary>
internal sealed record Page<T>(string Object, IReadOnlyList<T> Data, string? FirstId, string? LastId, bool HasMore);
