namespace Ilab.Engine.Tokens;

/// <summary>A token without its secret, which nobody keeps.</summary>
/// <param name="Id">12 hex digits; not a credential.</param>
/// <param name="Name">May be empty.</param>
/// <param name="Scopes">What it may do; never more than its owner.</param>
/// <param name="Uid">User id of its owner.</param>
/// <param name="Expires">Null = never.</param>
public sealed record TokenRecord(string Id, string Name, IReadOnlyList<string> Scopes, uint Uid, DateTimeOffset Created, DateTimeOffset? Expires);
