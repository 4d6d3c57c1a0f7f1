using System.Text;
using Ilab.Data.Isolation;

namespace Ilab.Data.Synthesis.Documents;

/// <summary>A string builder with a size limit.</summary>
internal sealed class BoundedText(int most)
{
    public StringBuilder Builder { get; } = new();

    public int Length => Builder.Length;

    public char Last => Builder.Length > 0 ? Builder[^1] : '\0';

    /// <exception cref="TooMuchOutputException">The limit would be exceeded.</exception>
    public void Append(char character)
    {
        Require(1);
        Builder.Append(character);
    }

    /// <exception cref="TooMuchOutputException">The limit would be exceeded.</exception>
    public void Append(string text)
    {
        Require(text.Length);
        Builder.Append(text);
    }

    /// <summary>Ensures a minimum number of line breaks at the end, without trailing spaces; does nothing at the beginning of the text.</summary>
    public void Break(int lines)
    {
        while (Builder.Length > 0 && Builder[^1] == ' ')
        {
            Builder.Length--;
        }

        var have = 0;
        while (have < Builder.Length && have < lines && Builder[^(have + 1)] == '\n')
        {
            have++;
        }

        for (; Builder.Length > 0 && have < lines; have++)
        {
            Append('\n');
        }
    }

    private void Require(int more)
    {
        if (Builder.Length + more > most)
        {
            throw new TooMuchOutputException();
        }
    }
}
