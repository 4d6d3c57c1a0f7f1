namespace Ilab.Configuration.Access;

/// <summary>What a call needs. Calls that change an object also need to be its owner's, or an admin's.</summary>
public enum Permission
{
    /// <summary>Nothing: health, reflection and the version.</summary>
    Open,

    /// <summary>List and inspect.</summary>
    Look,

    /// <summary>Load models, generate text, chat, tokenize.</summary>
    Run,

    /// <summary>Names, downloads, secrets and jobs of one's own.</summary>
    Own,

    /// <summary>Import models and datasets.</summary>
    Import,

    /// <summary>Train, convert, quantize; generate and mix data.</summary>
    Train,

    /// <summary>Prune, read the audit log, stop the service.</summary>
    Manage,
}
