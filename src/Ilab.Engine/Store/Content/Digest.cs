using System.Diagnostics.CodeAnalysis;

namespace Ilab.Engine.Store.Content;

/// <summary>A sha256 digest, written <c>sha256:&lt;64 lower-case hex&gt;</c>: the address of immutable content.</summary>
public readonly record struct Digest
{
    private const string Prefix = "sha256:";
    private const int HexLength = 64;

    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    /// <summary>64 lower-case hex digits.</summary>
    public string Hex => _hex ?? throw new InvalidOperationException("an empty digest has no value");

    /// <summary>The first 12 hex digits, for display.</summary>
    public string Short => Hex[..12];

    public static Digest Of(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        var hex = text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : null;
        var valid = hex is { Length: HexLength } && hex.All(char.IsAsciiHexDigitLower);
        digest = valid ? new Digest(hex!) : default;
        return valid;
    }

    /// <exception cref="FormatException">Not a sha256 digest.</exception>
    public static Digest Parse(string text) => TryParse(text, out var digest) ? digest : throw new FormatException($"\"{text}\" is not a sha256 digest");

    public override string ToString() => Prefix + Hex;
}
