using System.Text.Json.Serialization;

namespace Ilab.Daemon.Access;

/// <summary>A line of the audit log: who did what, when, from where, and what came of it.</summary>
internal sealed record AuditRecord
{
    /// <summary>When the call began.</summary>
    public DateTimeOffset Time { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>Name of the user; empty if the number has none.</summary>
    public string User { get; set; } = "";

    /// <summary>Process that made the connection.</summary>
    public int Pid { get; init; }

    public string Role { get; set; } = "";

    /// <summary>Where the call came in: <c>unix:</c> and the path of the socket, or <c>http:</c> and the address of the client.</summary>
    public string From { get; set; } = "";

    /// <summary>Such as <c>ilab.v1.ModelService/Remove</c> or <c>POST /v1/chat/completions</c>.</summary>
    public string Method { get; set; } = "";

    /// <summary>What it was about, as <c>field=value</c>; never a credential.</summary>
    public string Object { get; set; } = "";

    /// <summary><c>ok</c>, <c>cancelled</c>, or the kind of error.</summary>
    public string Outcome { get; set; } = "";

    /// <summary>Duration of the call in milliseconds.</summary>
    public double Milliseconds { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AuditRecord))]
internal sealed partial class AuditJson : JsonSerializerContext;
