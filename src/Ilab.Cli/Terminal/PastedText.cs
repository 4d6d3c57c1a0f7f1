using System.Text;

namespace Ilab.Cli.Terminal;

/// <summary>Cleans pasted text, which may contain control sequences for the terminal.</summary>
public static class PastedText
{
    /// <summary>Normalizes line ends to \n and removes control characters other than tabs.</summary>
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
