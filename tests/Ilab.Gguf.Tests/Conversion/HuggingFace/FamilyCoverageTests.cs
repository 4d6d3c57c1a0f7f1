using System.Runtime.InteropServices;
using Ilab.Gguf.Families;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>A checkpoint made of each family's own description converts: no lengths that do not fit, nothing missing, plain tensors unchanged.</summary>
public sealed class FamilyCoverageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Classes()
    {
        var data = new TheoryData<string>();
        foreach (var family in FamilyList.All)
        {
            data.Add(family.Classes[0]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public void ACheckpointOfTheDescriptionConverts(string className)
    {
        var checkpoint = new FamilyCheckpoint(_folder.Path, className);
        var path = checkpoint.Convert();

        var header = GgufFile.Read(path);
        Assert.Equal(checkpoint.Model.Family.Architecture, header.GetString("general.architecture"));
        var bytes = File.ReadAllBytes(path);
        foreach (var entry in checkpoint.Entries.Where(static entry => !entry.Rule.IsZero))
        {
            var tensor = Assert.Single(header.Tensors, tensor => tensor.Name == entry.Target);
            if (entry.Rule.Steps.Count == 0 && !entry.IsStacked && tensor.Type == GgmlType.F32)
            {
                var written = MemoryMarshal.Cast<byte, float>(bytes.AsSpan((int)(header.DataOffset + (long)tensor.Offset)));
                Assert.True(written.StartsWith(checkpoint.Values[entry.Sources[0]]), $"{entry.Target} is not {entry.Sources[0]}");
            }
        }
    }

    public void Dispose() => _folder.Dispose();
}
