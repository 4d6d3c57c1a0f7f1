using System.Text;
using Ilab.Configuration.Runs.Values;

namespace Ilab.Configuration.Runs.Writing;

/// <summary>Configs to YAML: fields in the order of the tables, two blanks for each level, comments above what they are about.</summary>
/// <param name="comments">By the path of a field; lines are divided by line feeds.</param>
internal sealed class ConfigWriter(bool withDefaults, IReadOnlyDictionary<string, string>? comments = null)
{
    private const int Step = 2;
    private readonly StringBuilder _output = new();

    /// <param name="header">Comment at the top; empty = none.</param>
    public string Write(ConfigSection root, string header = "")
    {
        Comment(header, 0);
        if (header.Length > 0)
        {
            _output.Append('\n');
        }

        var start = _output.Length;
        Fields(root, "", 0);
        return _output.Length == start ? _output.Append("{}\n").ToString() : _output.ToString();
    }

    private void Fields(ConfigSection section, string path, int depth)
    {
        var isBehindSection = false;
        foreach (var field in section.Class.Fields)
        {
            if (!withDefaults && !section.IsWritten(field.Name))
            {
                continue;
            }

            var value = section[field.Name];
            if (withDefaults && (field.IsOwn || field.IsRequired) && value is ConfigScalar { Value: null })
            {
                continue;
            }

            var below = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            var isScalar = value is ConfigScalar;
            if (depth == 0 && _output.Length > 0 && (!isScalar || isBehindSection) && !EndsWithEmptyLine())
            {
                _output.Append('\n');
            }

            isBehindSection = !isScalar;

            Comment(comments?.GetValueOrDefault(below) ?? "", depth);
            _output.Append(' ', depth).Append(field.Name).Append(':');
            Value(value, below, depth);
        }
    }

    /// <summary>What follows a key's colon.</summary>
    private void Value(ConfigNode value, string path, int depth)
    {
        switch (value)
        {
            case ConfigScalar { Value: string text } when ScalarText.IsBlock(text):
                Block(text, depth);
                break;
            case ConfigScalar scalar:
                _output.Append(' ').Append(ScalarText.Of(scalar.Value)).Append('\n');
                break;
            case ConfigList { Items.Count: 0 }:
                _output.Append(" []\n");
                break;
            case ConfigMap { Pairs.Count: 0 }:
                _output.Append(" {}\n");
                break;
            case ConfigList list:
                _output.Append('\n');
                Items(list, path, depth + Step);
                break;
            case ConfigMap map:
                _output.Append('\n');
                Pairs(map, path, depth + Step);
                break;
            case ConfigSection section:
                var at = _output.Length;
                _output.Append('\n');
                var start = _output.Length;
                Fields(section, path, depth + Step);
                if (_output.Length == start)
                {
                    _output.Length = at;
                    _output.Append(" {}\n");
                }

                break;
            default:
                break;
        }
    }

    private void Items(ConfigList list, string path, int depth)
    {
        for (var index = 0; index < list.Items.Count; index++)
        {
            var below = $"{path}[{index}]";
            _output.Append(' ', depth).Append('-');
            if (list.Items[index] is ConfigSection or ConfigMap { Pairs.Count: > 0 })
            {
                // The first key stands behind the dash, the others below it.
                var inner = new ConfigWriter(withDefaults, comments);
                if (list.Items[index] is ConfigSection section)
                {
                    inner.Fields(section, below, depth + Step);
                }
                else
                {
                    inner.Pairs((ConfigMap)list.Items[index], below, depth + Step);
                }

                var text = inner._output.ToString();
                _output.Append(
                    text.Length == 0 ? " {}\n"
                    : text.TrimStart().StartsWith('#') ? "\n" + text
                    : " " + text[(depth + Step)..]
                );
            }
            else if (list.Items[index] is ConfigList { Items.Count: > 0 } nested)
            {
                _output.Append('\n');
                Items(nested, below, depth + Step);
            }
            else
            {
                Value(list.Items[index], below, depth);
            }
        }
    }

    private void Pairs(ConfigMap map, string path, int depth)
    {
        foreach (var pair in map.Pairs)
        {
            var below = $"{path}.{PythonText.Of(pair.Key)}";
            Comment(comments?.GetValueOrDefault(below) ?? "", depth);
            _output.Append(' ', depth).Append(ScalarText.Of(pair.Key)).Append(':');
            Value(pair.Value, below, depth);
        }
    }

    private void Block(string text, int depth)
    {
        _output.Append(' ').Append(ScalarText.BlockHead(text, Step)).Append('\n');
        var lines = text.EndsWith('\n') ? text[..^1] : text;
        foreach (var line in lines.Split('\n'))
        {
            if (line.Length > 0)
            {
                _output.Append(' ', depth + Step).Append(line);
            }

            _output.Append('\n');
        }
    }

    private bool EndsWithEmptyLine() => _output.Length > 1 && _output[^1] == '\n' && _output[^2] == '\n';

    private void Comment(string text, int depth)
    {
        foreach (var line in text.Length == 0 ? [] : text.Split('\n'))
        {
            _output.Append(' ', depth).Append(line.Length == 0 ? "#" : "# ").Append(line).Append('\n');
        }
    }
}
