using System.Security.Cryptography.X509Certificates;
using Ilab.Configuration.Access;
using Ilab.Daemon.Hosting;
using Ilab.Engine.Access;
using Ilab.Engine.Errors;
using Ilab.Engine.Tokens;
using Ilab.Posix.Processes;

namespace Ilab.Daemon.Access;

/// <summary>
/// Who is at the other end of a TCP connection, which the kernel does not say: the owner of the token that is shown, with the rights that the token was given;
/// else the user to whom the policy maps the client certificate.
/// </summary>
internal sealed class RemoteIdentity(TokenStore tokens, TimeProvider time)
{
    private const string Bearer = "Bearer ";
    private const string CommonName = "2.5.4.3";

    /// <param name="anonymous">Who it is without credentials; with the role none, there must be some.</param>
    /// <param name="context">The request.</param>
    /// <exception cref="EngineException">UNAUTHENTICATED.</exception>
    public async Task<Identity> OfAsync(Identity anonymous, HttpContext context, CancellationToken cancellationToken)
    {
        if (SecretOf(context.Request) is { } secret)
        {
            var token =
                await tokens.FindAsync(secret, cancellationToken)
                ?? throw Refused("the token is not valid: it is unknown, removed or expired", "make a new one");
            return As(anonymous, token.Uid, $"token {token.Id}", TokenScopes.Parse(token.Scopes));
        }

        if (context.Connection.ClientCertificate is { } certificate)
        {
            return As(anonymous, UserOf(certificate, anonymous.Policy), $"certificate {NameOf(certificate)}", null);
        }

        return anonymous.Role != Role.None
            ? anonymous
            : throw Refused(
                "a token is needed: send 'Authorization: Bearer TOKEN', with one that 'ilab token create' made",
                "--token-file names a file that has it"
            );
    }

    private static Identity As(Identity anonymous, uint user, string credential, IReadOnlyList<Permission>? scope)
    {
        var groups = Accounts.GroupsOf(user);
        var peer = new PeerIdentity(0, user, groups.FirstOrDefault(uint.MaxValue)) { Groups = groups, IsRemote = true };
        var policy = anonymous.Policy;
        return new Identity(peer, policy.RoleOf(user, groups, Caller.Service.Uid), policy, scope)
        {
            From = $"{anonymous.From} {credential}",
            Credential = credential,
        };
    }

    /// <summary>The handshake has verified that one of the authorities issued it; since then it may have expired.</summary>
    private uint UserOf(X509Certificate2 certificate, Policy policy)
    {
        if (certificate.NotAfter.ToUniversalTime() < time.GetUtcNow().UtcDateTime)
        {
            throw Refused("the client certificate has expired", "connect with a new one");
        }

        return policy.Certificates.TryGetValue(NameOf(certificate), out var user)
            ? user
            : throw Refused(
                $"the client certificate of {NameOf(certificate)} is nobody's",
                "an admin maps it with 'certificate.NAME = USER' in the policy file"
            );
    }

    /// <summary>The common name; empty if there is not exactly one.</summary>
    private static string NameOf(X509Certificate2 certificate)
    {
        string[] names =
        [
            .. certificate
                .SubjectName.EnumerateRelativeDistinguishedNames()
                .Where(static part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
                .Select(static part => part.GetSingleElementValue() ?? ""),
        ];
        return names is [var name] ? name : "";
    }

    private static string? SecretOf(HttpRequest request)
    {
        var given = request.Headers.Authorization.ToString();
        given = given.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? given[Bearer.Length..].Trim() : request.Headers["x-api-key"].ToString();

        // Clients that must have a key send any text where none is needed.
        return given.StartsWith(TokenStore.Prefix, StringComparison.Ordinal) ? given : null;
    }

    private static EngineException Refused(string message, string hint) => new(ErrorKind.Unauthenticated, message, hint);
}
