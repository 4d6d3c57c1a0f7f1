using Ilab.Configuration.Runs.Reading;
using Ilab.Configuration.Runs.Schema;
using Ilab.Yaml;

namespace Ilab.Configuration.Runs.Migration;

/// <summary>
/// Older run configs to today's by changes at their places: fields that were renamed, moved or dropped, names of other tools, and words in the spelling of
/// programs. Doing it twice does nothing more.
/// </summary>
internal sealed class OumiMigration(string text, ConfigClass top, CancellationToken cancellationToken)
{
    /// <summary>Fields by their old names.</summary>
    private static readonly (string Class, string Old, string New)[] Renamed =
    [
        ("EvaluationTaskParams", "evaluation_platform", "evaluation_backend"),
        ("DatasetSplitParams", "experimental_use_torch_datapipes", "use_torchdata"),
        ("DatasetSplitParams", "experimental_use_async_dataset", "stream"),
    ];

    private static readonly (string Class, string Field, string Why)[] Dropped =
    [
        ("DatasetSplitParams", "target_col", "deprecated, and without effect"),
        ("GoldParams", "use_transformers_paged", "deprecated, and without effect"),
    ];

    private readonly TextEdits _edits = new(text);
    private readonly List<MigrationStep> _steps = [];

    /// <summary>What aliases repeat is changed once, where it stands.</summary>
    private readonly HashSet<YamlNode> _visited = new(ReferenceEqualityComparer.Instance);

    public (string Text, IReadOnlyList<MigrationStep> Steps) Run(YamlMapping root)
    {
        Section(root, top, "");
        if (top.Kind == "train")
        {
            Move(root, ("model", "compile"), ("training", "compile"));
        }

        if (top.Find("model") is not null)
        {
            Revision(root);
        }

        return (_edits.IsEmpty ? text : _edits.Apply(), [.. _steps.OrderBy(static step => step.Line)]);
    }

    private void Section(YamlMapping mapping, ConfigClass type, string path)
    {
        var names = mapping.Pairs.Select(static pair => pair.Key).OfType<YamlScalar>().Select(static name => name.Text).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, value) in mapping.Pairs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (key is not YamlScalar { Text: var written } name)
            {
                continue;
            }

            var below = KeyPath.Below(path, written);
            if (Dropped.FirstOrDefault(item => item.Class == type.Name && item.Field == written) is { Why: { } why })
            {
                if (Remove(mapping, name, name, End(name, value), below))
                {
                    Step(name, below, $"removed: {why}");
                }

                continue;
            }

            var field = type.Find(written) ?? Rename(names, name, type, below);
            if (field is null)
            {
                continue;
            }

            if (field.Type.Shape == FieldShape.Choice && value is YamlScalar word)
            {
                Spell(word, field.Type, below);
            }

            Below(value, field.Type, below);
        }
    }

    private void Below(YamlNode value, FieldType type, string path)
    {
        if (value is not YamlScalar && !_visited.Add(value))
        {
            return;
        }

        switch (value)
        {
            case YamlMapping mapping when type.Shape == FieldShape.Section:
                Section(mapping, RunSchema.Class(type.Name), path);
                break;
            case YamlSequence list when type.Shape == FieldShape.List && type.Item!.Shape == FieldShape.Section:
                for (var index = 0; index < list.Items.Count; index++)
                {
                    Below(list.Items[index], type.Item, KeyPath.Item(path, index));
                }

                break;
            default:
                break;
        }
    }

    /// <summary>A field by an older name or by that of another tool, unless today's name is there as well.</summary>
    private ConfigField? Rename(HashSet<string> names, YamlScalar name, ConfigClass type, string path)
    {
        var target = Renamed.FirstOrDefault(item => item.Class == type.Name && item.Old == name.Text).New ?? RunSchema.Alias(name.Text);
        if (target is null || type.Find(target) is not { } field || names.Contains(target))
        {
            return null;
        }

        _edits.Replace(name.Start.Index, name.End.Index, target);
        Step(name, path, $"renamed to {target}");
        return field;
    }

    /// <summary>A word in the spelling of programs, such as trl_sft for TRL_SFT.</summary>
    private void Spell(YamlScalar word, FieldType type, string path)
    {
        var choices = RunSchema.Choices(type.Name);
        if (choices.Any(choice => choice.Name == word.Text || word.Text == $"{type.Name}.{choice.Name}"))
        {
            return;
        }

        var meant = choices.FirstOrDefault(choice => choice.Value == word.Text || string.Equals(choice.Name, word.Text, StringComparison.OrdinalIgnoreCase));
        if (meant is not null && word.End.Index > word.Start.Index)
        {
            _edits.Replace(word.Start.Index, word.End.Index, meant.Name);
            Step(word, path, $"{word.Text} is written {meant.Name}");
        }
    }

    private void Revision(YamlMapping root)
    {
        if (Find(root, "model") is not { Value: YamlMapping model } || Find(model, "model_kwargs") is not { Value: YamlMapping kwargs } holder)
        {
            return;
        }

        if (Find(kwargs, "revision") is not { Value: YamlScalar value } pair)
        {
            return;
        }

        var isOnly = kwargs.Pairs.Count == 1;
        var removed = isOnly
            ? Remove(model, holder.Key, pair.Key, value.End.Index, "model.model_kwargs.revision")
            : Remove(kwargs, pair.Key, pair.Key, value.End.Index, "model.model_kwargs.revision");
        if (removed)
        {
            if (Find(model, "model_revision") is null)
            {
                _edits.InsertLine(model.Pairs[0].Key.Start.Index, Indented(model, $"model_revision: {Source(value)}"));
            }

            Step(pair.Key, "model.model_kwargs.revision", "moved to model.model_revision");
        }
    }

    private void Move(YamlMapping root, (string Section, string Field) from, (string Section, string Field) to)
    {
        if (Find(root, from.Section) is not { Value: YamlMapping source } || Find(source, from.Field) is not { Value: YamlScalar value } pair)
        {
            return;
        }

        var target = Find(root, to.Section)?.Value as YamlMapping;
        var path = $"{from.Section}.{from.Field}";
        if (target is not null && IsFlow(target))
        {
            Stay(pair.Key, path);
            return;
        }

        if (!Remove(source, pair.Key, pair.Key, value.End.Index, path))
        {
            return;
        }

        if (target is { Pairs.Count: > 0 })
        {
            if (Find(target, to.Field) is null)
            {
                _edits.InsertLine(target.Pairs[0].Key.Start.Index, Indented(target, $"{to.Field}: {Source(value)}"));
            }
        }
        else
        {
            _edits.Append($"{to.Section}:\n  {to.Field}: {Source(value)}\n");
        }

        Step(pair.Key, path, $"moved to {to.Section}.{to.Field}");
    }

    /// <summary>Takes a pair out where it has lines of its own; otherwise says that it stays.</summary>
    /// <param name="holder">The mapping that the pair is in.</param>
    /// <param name="key">Of the pair.</param>
    /// <param name="about">What the step is about: the key, or one below it.</param>
    /// <param name="end">Where a single value ends.</param>
    private bool Remove(YamlMapping holder, YamlScalar key, YamlScalar about, int end, string path)
    {
        if (!IsFlow(holder) && _edits.RemovePair(key.Start.Index, end))
        {
            return true;
        }

        Stay(about, path);
        return false;
    }

    private void Stay(YamlScalar key, string path) => Step(key, path, "stays: it shares its line with others; write it on a line of its own");

    /// <summary>Whether a mapping is written in braces: its parts cannot be taken away by lines.</summary>
    private bool IsFlow(YamlMapping mapping) => mapping.Start.Index < text.Length && text[mapping.Start.Index] == '{';

    private static (YamlScalar Key, YamlNode Value)? Find(YamlMapping mapping, string name)
    {
        foreach (var (key, value) in mapping.Pairs)
        {
            if (key is YamlScalar scalar && scalar.Text == name)
            {
                return (scalar, value);
            }
        }

        return null;
    }

    private static int End(YamlScalar key, YamlNode value) => value is YamlScalar scalar ? Math.Max(key.End.Index, scalar.End.Index) : key.End.Index;

    private static string Indented(YamlMapping mapping, string line) => new string(' ', mapping.Pairs[0].Key.Start.Column) + line;

    private string Source(YamlScalar value) => text[value.Start.Index..value.End.Index];

    private void Step(YamlNode node, string path, string message) => _steps.Add(new MigrationStep(node.Start.Line + 1, path, message));
}
