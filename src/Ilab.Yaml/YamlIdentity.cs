using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Ilab.Yaml;

/// <summary>
/// Equality of values by a digest that is made once for each node, so that comparing what aliases blew up costs no more than its bytes. A node that contains
/// itself equals nothing but itself.
/// </summary>
public sealed class YamlIdentity(Func<string, string>? text = null)
{
    private readonly Dictionary<YamlNode, UInt128> _known = new(ReferenceEqualityComparer.Instance);
    private int _endless;
    private int _depth;

    public UInt128 Of(YamlNode node)
    {
        if (_known.TryGetValue(node, out var known))
        {
            return known;
        }

        // Aliases of aliases can be a long way down although nothing is nested.
        if (++_depth > YamlParser.Deepest)
        {
            throw new YamlException(YamlStage.Depth, node.Start, $"aliases lead more than {YamlParser.Deepest} levels deep", "write the values out");
        }

        _known[node] = (UInt128)(uint)++_endless; // met again below itself
        var identity = node switch
        {
            YamlScalar scalar => Digest(
                $"{(int)scalar.Kind switch { (int)YamlKind.Float => (int)YamlKind.Integer, var kind => kind }} {(scalar.Kind == YamlKind.Text && text is not null ? text(scalar.Identity) : scalar.Identity)}"
            ),
            YamlSequence sequence => Digest($"[{node.Kind} {string.Join(' ', sequence.Items.Select(Of))}"),
            YamlMapping mapping => Digest(
                $"{{{node.Kind} {string.Join(' ', mapping.Entries.Select(entry => $"{Digest(entry.Key)}:{Of(entry.Value.Value)}").Order(StringComparer.Ordinal))}"
            ),
            _ => throw new InvalidOperationException("a node of a new kind"),
        };
        _depth--;
        return _known[node] = identity;
    }

    private static UInt128 Digest(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }
}
