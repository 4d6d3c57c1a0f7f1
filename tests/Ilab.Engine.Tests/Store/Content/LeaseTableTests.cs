using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Tests.Store.Content;

public sealed class LeaseTableTests
{
    private static readonly Digest One = Digest.Of(new byte[32]);

    [Fact]
    public void IsHeldUntilTheLastOneEnds()
    {
        var table = new LeaseTable();
        using var first = table.Acquire(One, "a run");
        var group = new LeaseGroup(table, "an import");
        group.Add(One);
        Assert.Equal(["a run", "an import"], table.Owners(One).Order());
        first.Dispose();
        first.Dispose();
        Assert.True(table.IsLeased(One));
        Assert.Equal(0, table.RemoveUnused(One, static _ => throw new InvalidOperationException("it is in use")));
        group.Dispose();
        Assert.Equal(7, table.RemoveUnused(One, static _ => 7));
    }
}
