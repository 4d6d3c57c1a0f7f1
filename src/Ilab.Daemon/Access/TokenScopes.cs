using Ilab.Configuration.Access;
using Ilab.Engine.Errors;

namespace Ilab.Daemon.Access;

/// <summary>The scopes of tokens: the names of permissions.</summary>
internal static class TokenScopes
{
    private static readonly Permission[] Usual = [Permission.Look, Permission.Run];

    public static string NameOf(Permission permission) => permission.ToString().ToLowerInvariant();

    /// <param name="names">None = what chatting takes.</param>
    /// <exception cref="EngineException">INVALID_ARGUMENT: there is no such scope.</exception>
    public static IReadOnlyList<Permission> Parse(IReadOnlyCollection<string> names) =>
        names.Count == 0
            ? Usual
            :
            [
                .. names
                    .Select(static name =>
                        Enum.TryParse<Permission>(name, ignoreCase: true, out var permission) && permission != Permission.Open && NameOf(permission) == name
                            ? permission
                            : throw new EngineException(
                                ErrorKind.InvalidArgument,
                                $"\"{name}\" is not a scope",
                                $"use {string.Join(", ", Enum.GetValues<Permission>().Where(static one => one != Permission.Open).Select(NameOf))}"
                            )
                    )
                    .Distinct(),
            ];
}
