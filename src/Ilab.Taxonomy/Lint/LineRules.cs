namespace Ilab.Taxonomy.Lint;

/// <summary>Blanks at the end of a line, empty lines, the end of the file.</summary>
internal static class LineRules
{
    private const int MostEmpty = 2;

    public static void Check(string text, List<LintProblem> problems, int most)
    {
        var number = 0;
        var empty = 0;
        for (var start = 0; start <= text.Length && problems.Count < most; )
        {
            number++;
            var end = text.IndexOf('\n', start);
            var isLast = end < 0;
            end = isLast ? text.Length : end;
            if (end > start)
            {
                empty = 0;
                if (isLast)
                {
                    problems.Add(
                        new LintProblem(
                            number,
                            end - start + 1,
                            "new-line-at-end-of-file",
                            false,
                            "the last line does not end",
                            "end the file with a line break"
                        )
                    );
                }

                CheckBlanks(text, start, end, number, problems);
            }
            else if (!isLast)
            {
                empty++;
                CheckEmpty(text, end, number, empty, problems);
            }

            start = end + 1;
        }
    }

    private static void CheckBlanks(string text, int start, int end, int number, List<LintProblem> problems)
    {
        var content = text.AsSpan(start, end - start).TrimEnd(" \t\v\f\r");
        if (content.Length < end - start)
        {
            problems.Add(new LintProblem(number, content.Length + 1, "trailing-spaces", false, "blanks at the end of the line", "remove them"));
        }
    }

    /// <summary>Tells at the last line of a series.</summary>
    private static void CheckEmpty(string text, int end, int number, int count, List<LintProblem> problems)
    {
        if (end + 1 < text.Length && text[end + 1] == '\n')
        {
            return;
        }

        var isAtStart = number == count;
        var isAtEnd = end == text.Length - 1;
        var most = isAtStart || isAtEnd ? 0 : MostEmpty;
        if (count > most && text.Length > 1)
        {
            var where =
                isAtEnd ? "at the end of the file"
                : isAtStart ? "at the beginning of the file"
                : "one after the other";
            problems.Add(
                new LintProblem(
                    number,
                    1,
                    "empty-lines",
                    true,
                    $"{count} empty {(count == 1 ? "line" : "lines")} {where}",
                    most == 0 ? "remove them" : $"leave {MostEmpty} at most"
                )
            );
        }
    }
}
