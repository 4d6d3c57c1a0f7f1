using System.Text;

namespace Ilab.Cli.Terminal;

/// <summary>Pasted text comes from anywhere; what could steer the terminal must not get into the line.</summary>
public static class PastedText
{
    /// <summary>Line ends become \n, other control characters except tabs go.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\r')
            {
                clean.Append('\n');
                if (i + 1 < text.Length && text[i + 1] == '\n')
                    i++;
            }
            else if (c is '\n' or '\t' || !char.IsControl(c))
            {
                clean.Append(c);
            }
        }

        return clean.ToString();
    }
}
