using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.HuggingFace;

/// <summary>Gives the tensors of a checkpoint the names that the family's description has, whatever wrapped the model when it was saved.</summary>
internal static class UsualNames
{
    public static void Give(SourceFolder folder, FamilyModel model, ShardSet shards)
    {
        foreach (var (from, to) in model.Family.Renames)
        {
            foreach (var name in shards.Names.Where(name => name.Contains(from, StringComparison.Ordinal)).ToArray())
            {
                shards.Rename(name, name.Replace(from, to, StringComparison.Ordinal));
            }
        }

        var wanted = SourceOf(model.Family, "token_embd.weight");
        var head = SourceOf(model.Family, "output.weight");
        if (wanted is null || shards.Find(wanted) is not null)
        {
            return;
        }

        var dot = wanted.IndexOf('.', StringComparison.Ordinal);
        var (root, tail) = (wanted[..(dot + 1)], wanted[(dot + 1)..]);
        // A model without a part of its own in the names (embeddings.word_embeddings) can be wrapped, not bare.
        var isRooted = model.Family.LayerPath.StartsWith(root, StringComparison.Ordinal);
        tail = isRooted ? tail : wanted;
        root = isRooted ? root : "";
        var found = shards.Names.Where(name => name == tail || name.EndsWith('.' + tail, StringComparison.Ordinal)).ToArray();
        if (found is not [var embedding])
        {
            return;
        }

        var before = embedding[..^tail.Length];
        var isBare = root.Length > 0 && !before.EndsWith(root, StringComparison.Ordinal);
        var wrapper = isBare ? before : before[..^root.Length];
        foreach (var name in shards.Names.ToArray())
        {
            var own = name.StartsWith(wrapper, StringComparison.Ordinal) ? name[wrapper.Length..] : name;
            var isOutside = head is not null && own.StartsWith(head.Split('.')[0] + ".", StringComparison.Ordinal);
            shards.Rename(name, isBare && !isOutside && !own.StartsWith(root, StringComparison.Ordinal) ? root + own : own);
        }

        if (wrapper.Length > 0)
        {
            folder.Warn($"the names of the tensors begin with {wrapper}, which was left out");
        }
        else if (ModelConfig.ClassOf(model.Config.Root)?.EndsWith("Model", StringComparison.Ordinal) != true)
        {
            folder.Warn($"the names of the tensors lack {root[..^1]}: they were saved without the head");
        }
    }

    /// <summary>The name in the checkpoint of a tensor that is there once; null = the family has none.</summary>
    public static string? SourceOf(Family family, string target) => family.Tensors.FirstOrDefault(rule => rule.Target == target)?.Source;
}
