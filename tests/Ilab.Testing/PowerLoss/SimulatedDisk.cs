using System.Text;

namespace Ilab.Testing.PowerLoss;

/// <summary>
/// A disk that knows what a power loss may take: bytes that no fsync of their file has covered, and entries that no fsync of their folder has covered.
/// The recorded calls are played one after the other; <see cref="PowerCut"/> takes what is left at any moment.
/// </summary>
public sealed class SimulatedDisk(string root)
{
    private readonly Dictionary<ulong, SimulatedNode> _nodes = [];
    private readonly StringBuilder _marks = new();
    private int _index;

    internal SimulatedNode Root { get; } = new(isFolder: true) { Links = 1 };

    /// <summary>Whole lines that were marked so far.</summary>
    public IEnumerable<string> Marks => _marks.ToString().Split('\n').SkipLast(1);

    /// <summary>Calls played so far.</summary>
    public int Played => _index;

    public void Play(RecordedCall call)
    {
        _index++;
        switch (call.Kind)
        {
            case CallKind.MakeFolder when call.Path == root:
                _nodes[call.Inode] = Root; // it was there before, and is there after
                break;
            case CallKind.Create:
            case CallKind.MakeFolder:
                Add(call.Path, _nodes[call.Inode] = new SimulatedNode(call.Kind == CallKind.MakeFolder));
                break;
            case CallKind.Link:
                Link(call);
                break;
            case CallKind.Write when _nodes.TryGetValue(call.Inode, out var file):
                file.DataChanges.Add(new DataChange(_index, call.Offset, call.First));
                break;
            case CallKind.Truncate when _nodes.TryGetValue(call.Inode, out var file):
                file.DataChanges.Add(new DataChange(_index, call.Offset, null));
                break;
            case CallKind.SyncBegin:
                Find(call)?.BeginSync(call.Offset, _index);
                break;
            case CallKind.SyncEnd:
                Find(call)?.EndSync(call.Offset);
                break;
            case CallKind.Rename:
                Rename(call);
                break;
            case CallKind.Unlink:
            case CallKind.RemoveFolder:
                Remove(call.Path, null);
                break;
            case CallKind.Mark:
                _marks.Append(Encoding.UTF8.GetString(call.First));
                break;
            case CallKind.Unknown:
                throw new InvalidOperationException($"a call that cannot be played: {call.Path}");
            default:
                break; // of a file that has no name any more
        }
    }

    private SimulatedNode? Find(RecordedCall call) => _nodes.GetValueOrDefault(call.Inode);

    private void Link(RecordedCall call)
    {
        if (!_nodes.TryGetValue(call.Inode, out var node))
        {
            node = _nodes[call.Inode] = new SimulatedNode(isFolder: false);
            node.DataChanges.Add(new DataChange(_index, 0, call.Second));
        }

        Add(call.Path, node);
    }

    private void Rename(RecordedCall call)
    {
        var (folder, name) = Place(call.Path);
        var added = Add(call.NewPath, folder.Live[name]);
        Remove(call.Path, added);
    }

    private EntryChange Add(string path, SimulatedNode node)
    {
        var (folder, name) = Place(path);
        if (folder.Live.TryGetValue(name, out var replaced))
        {
            Drop(replaced);
        }

        folder.Live[name] = node;
        node.Links++;
        var change = new EntryChange(_index, name, node, null);
        folder.EntryChanges.Add(change);
        return change;
    }

    private void Remove(string path, EntryChange? after)
    {
        var (folder, name) = Place(path);
        Drop(folder.Live[name]);
        folder.Live.Remove(name);
        folder.EntryChanges.Add(new EntryChange(_index, name, null, after));
    }

    private void Drop(SimulatedNode node)
    {
        if (--node.Links == 0)
        {
            // Its inode may be another file's soon.
            foreach (var inode in _nodes.Where(pair => pair.Value == node).Select(static pair => pair.Key).ToArray())
            {
                _nodes.Remove(inode);
            }
        }
    }

    private (SimulatedNode Folder, string Name) Place(string path)
    {
        var parts = Path.GetRelativePath(root, path).Split('/');
        return (parts.SkipLast(1).Aggregate(Root, static (folder, part) => folder.Live[part]), parts[^1]);
    }
}
