namespace Ilab.Configuration.Access;

/// <summary>What a caller is to the service; each role may do what the one before it may.</summary>
public enum Role
{
    /// <summary>Refused, whatever the call.</summary>
    None,

    /// <summary>Runs models and chats; has names and jobs of their own.</summary>
    User,

    /// <summary>Also imports, trains, generates data, converts and quantizes.</summary>
    Trainer,

    /// <summary>Everything, including what belongs to others.</summary>
    Admin,
}
