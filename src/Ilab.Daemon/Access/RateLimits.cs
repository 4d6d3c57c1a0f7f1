using System.Collections.Concurrent;
using System.Globalization;
using Ilab.Http.Access;

namespace Ilab.Daemon.Access;

/// <summary>Requests and tokens per minute over TCP, by token or certificate; requests without one share a budget.</summary>
internal sealed class RateLimits(TimeProvider time)
{
    private const int MostBudgets = 10_000;

    private readonly ConcurrentDictionary<string, (MinuteBudget Requests, MinuteBudget Tokens)> _budgets = new();

    /// <summary>Counts a request, and says in the headers of its answer what is left.</summary>
    /// <exception cref="RateLimitedException">There is nothing left.</exception>
    public void Begin(Identity identity, IHeaderDictionary headers)
    {
        if (identity.Limits.RequestsPerMinute is { } requests)
        {
            Check(BudgetsOf(identity).Requests.TryTake(requests, 1), requests, "requests", headers);
        }

        if (identity.Limits.TokensPerMinute is { } tokens)
        {
            Check(BudgetsOf(identity).Tokens.TryTake(tokens, 0), tokens, "tokens", headers);
        }
    }

    /// <summary>Counts the tokens of a request and its answer.</summary>
    public void Use(Identity identity, int tokens)
    {
        if (identity.Limits.TokensPerMinute is { } limit)
        {
            BudgetsOf(identity).Tokens.Use(limit, tokens);
        }
    }

    private (MinuteBudget Requests, MinuteBudget Tokens) BudgetsOf(Identity identity)
    {
        if (_budgets.Count > MostBudgets)
        {
            _budgets.Clear(); // many tokens have come and gone
        }

        return _budgets.GetOrAdd(identity.Credential ?? "", _ => (new MinuteBudget(time), new MinuteBudget(time)));
    }

    private static void Check((bool Taken, int Left, TimeSpan Wait) result, int limit, string what, IHeaderDictionary headers)
    {
        headers[$"x-ratelimit-limit-{what}"] = limit.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ratelimit-remaining-{what}"] = result.Left.ToString(CultureInfo.InvariantCulture);
        headers[$"x-ratelimit-reset-{what}"] = string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(result.Wait.TotalSeconds)}s");
        if (!result.Taken)
        {
            throw new RateLimitedException($"more than {limit} {what} per minute", result.Wait);
        }
    }
}
