namespace Ilab.Cli.Terminal;

/// <summary>The user's directory for history, saved chats and hints that were shown.</summary>
internal static class StateDirectory
{
    /// <summary>Null when neither XDG_STATE_HOME nor HOME is set.</summary>
    public static string? Path
    {
        get
        {
            string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
            if (!string.IsNullOrEmpty(state) && System.IO.Path.IsPathRooted(state))
                return System.IO.Path.Combine(state, "ilab");
            string? home = Environment.GetEnvironmentVariable("HOME");
            return string.IsNullOrEmpty(home) ? null : System.IO.Path.Combine(home, ".local", "state", "ilab");
        }
    }

    public static void Create(string directory) =>
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
