namespace Ilab.Cli.CommandLine;

/// <summary>What a word at the place of a noun stands for.</summary>
internal enum ShortcutKind
{
    /// <summary>The command in <see cref="Shortcut.Target"/>.</summary>
    Command,

    /// <summary><c>tax diff</c> inside a taxonomy checkout, else <c>model ls</c>.</summary>
    DiffOrList,

    /// <summary>Nothing; <see cref="Shortcut.Target"/> says what to type instead.</summary>
    Advice,
}

/// <summary>A word that users of podman, Ollama or InstructLab type where a noun is expected.</summary>
internal sealed record Shortcut(string Name, ShortcutKind Kind, string Target);
