using System.Text;

namespace Ilab.Configuration.Runs.Checks;

/// <summary>Scripts as a shell takes them apart, as far as is needed to see which commands there are.</summary>
internal static class ShellWords
{
    /// <summary>The commands, each with the place of its first word; quotes and comments are gone, variables are not filled in.</summary>
    public static IEnumerable<(int Index, IReadOnlyList<string> Words)> Commands(string script)
    {
        var (words, word, start, quote) = (new List<string>(), new StringBuilder(), -1, '\0');
        for (var index = 0; index <= script.Length; index++)
        {
            var c = index < script.Length ? script[index] : '\n';
            if (c == '\\' && quote != '\'' && index + 1 < script.Length)
            {
                c = script[++index] == '\n' ? ' ' : script[index];
                if (c != ' ')
                {
                    Add(c, index - 1);
                    continue;
                }
            }

            if (c == '#' && quote == '\0' && word.Length == 0)
            {
                index = script.IndexOf('\n', index) is var end && end < 0 ? script.Length : end;
                c = '\n';
            }

            if (c == '\n')
            {
                quote = '\0'; // an apostrophe of a text that is written to a file hides nothing below it
            }

            if (c == quote || (quote == '\0' && c is '"' or '\''))
            {
                quote = c == quote ? '\0' : c;
            }
            else if (quote != '\0' || (!char.IsWhiteSpace(c) && c is not (';' or '|' or '&' or '(' or ')')))
            {
                Add(c, index);
            }
            else
            {
                End();
                if (c is not (' ' or '\t') && words.Count > 0)
                {
                    yield return (start, words);
                    (words, start) = ([], -1);
                }
            }
        }

        void Add(char c, int index)
        {
            start = start < 0 ? index : start;
            word.Append(c);
        }

        void End()
        {
            if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
    }
}
