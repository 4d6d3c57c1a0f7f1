using Grpc.Core;

namespace Ilab.Daemon.Access;

/// <summary>What a caller over TCP may use per minute.</summary>
internal sealed class TokenBudget(RateLimits rates, Identity identity)
{
    public void Use(int tokens) => rates.Use(identity, tokens);
}

internal static class TokenBudgetExtensions
{
    /// <summary>Counts the tokens of a call and its answer; on the Unix socket they are not limited.</summary>
    public static void UseTokens(this ServerCallContext context, int tokens) => context.GetHttpContext().Features.Get<TokenBudget>()?.Use(tokens);
}
