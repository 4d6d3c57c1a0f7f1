using Grpc.Core;

namespace Ilab.Daemon.Access;

/// <summary>What a caller over TCP may use per minute.</summary>
internal sealed class TokenBudget(RateLimits rates, Identity identity)
{
    public void Use(int tokens) => rates.Use(identity, tokens);
}

internal static class TokenBudgetExtensions
{
    /// <summary>Counts the tokens of a call and its answer, also when the call has ended; on the Unix socket they are not limited.</summary>
    public static Action<int> TokensUsed(this ServerCallContext context) =>
        context.GetHttpContext().Features.Get<TokenBudget>() is { } budget ? budget.Use : static _ => { };
}
