using System.Globalization;
using System.Text;
using Ilab.Configuration.Runs;
using Ilab.Engine.Wizard.Conversation;

namespace Ilab.Engine.Wizard.Drafts;

/// <summary>A file that is being made, and the reasons for its values: they stand above them as comments.</summary>
/// <param name="builder">Of the library of configs, which knows how values are written and what is valid.</param>
internal sealed class Draft(ConfigBuilder builder)
{
    private const int Width = 96;

    private readonly List<WizardDecision> _decisions = [];

    /// <summary>Values with a reason, in the order in which they were set.</summary>
    public IReadOnlyList<WizardDecision> Decisions => _decisions;

    public ConfigBuilder Builder => builder;

    /// <summary>Sets a text.</summary>
    /// <param name="path">Such as <c>model.model_name</c>.</param>
    /// <param name="reason">One line; empty = none.</param>
    public void Text(string path, string text, string reason = "") => Put(path, text, text, reason);

    /// <summary>Sets a number, a switch or a word, as an answer writes it.</summary>
    public void Value(string path, string text, string reason = "") =>
        Put(
            path,
            text is "true" or "false" ? text == "true"
                : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
                : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
                : text,
            text,
            reason
        );

    /// <summary>Sets a value that nobody was asked about, unless the file that it started from has one.</summary>
    /// <param name="source">Null = there is none.</param>
    public void Usual(StartingFile? source, string path, string text, string reason = "")
    {
        if (source?.Find(path) is null)
        {
            Put(path, text, text, reason);
        }
    }

    /// <summary>A comment above a field or section that is set otherwise.</summary>
    public void Say(string path, string value, string reason)
    {
        if (reason.Length > 0)
        {
            builder.Comment(path, Wrapped(reason));
            _decisions.Add(new WizardDecision(path, value, reason));
        }
    }

    private void Put(string path, object value, string shown, string reason)
    {
        builder.Set(path, value);
        Say(path, shown, reason);
    }

    private static string Wrapped(string words)
    {
        var (text, line) = (new StringBuilder(), 0);
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line > 0 && line + 1 + word.Length > Width)
            {
                text.Append('\n');
                line = 0;
            }

            text.Append(line > 0 ? " " : "").Append(word);
            line += word.Length + (line > 0 ? 1 : 0);
        }

        return text.ToString();
    }
}
