using System.Text;
using Ilab.Runner.Inference.Output;

namespace Ilab.Runner.Tests.Inference;

/// <summary>Characters whose bytes come in several tokens.</summary>
public sealed class Utf8AssemblerTests
{
    [Fact]
    public void NoCharacterIsEverSplit()
    {
        const string Text = "aä☺\U0001F608中";
        var assembler = new Utf8Assembler();
        var output = new StringBuilder();
        foreach (var value in Encoding.UTF8.GetBytes(Text))
        {
            var piece = assembler.Add([value]);
            Assert.False(piece.Length == 1 && char.IsSurrogate(piece[0]));
            output.Append(piece);
        }

        output.Append(assembler.Finish());
        Assert.Equal(Text, output.ToString());
    }

    [Fact]
    public void BytesThatAreNoCharacterBecomeAMarkAndNothingIsLostAroundThem()
    {
        var assembler = new Utf8Assembler();
        var output = new StringBuilder();
        output.Append(assembler.Add([(byte)'a', 0xff, (byte)'b', 0xe2, 0x98]));
        output.Append(assembler.Finish());
        Assert.Equal("a�b�", output.ToString());
    }
}
