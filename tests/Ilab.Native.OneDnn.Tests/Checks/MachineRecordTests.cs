using Ilab.Native.OneDnn.Checks;
using Ilab.Testing;

namespace Ilab.Native.OneDnn.Tests.Checks;

public sealed class MachineRecordTests : IDisposable
{
    private const int Q80 = 8,
        Q40 = 2;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TypesAreAddedAsTheyAreCheckedAndThoseCheckedAgainReplaced()
    {
        Open().AddChecked([Q80], [Product("Q8_0, coded", 0.5), Product("Q8_0", 0.1)]);
        Open().AddChecked([Q40], [Product("Q4_0, coded", 0.2)]);
        Open().AddChecked([Q80], [Product("Q8_0, coded", 0.3)]);

        var record = Open();

        Assert.Equal([Q80, Q40], record.CheckedTypes);
        Assert.Equal([("Q4_0, coded", 0.2), ("Q8_0, coded", 0.3)], record.Checked.Select(static product => (product.Type, product.Accelerated)));
    }

    [Fact]
    public void ATypeWithoutProductsCountsAsChecked()
    {
        Open().AddChecked([Q40], []);

        Assert.Equal([Q40], Open().CheckedTypes);
        Assert.Empty(Open().Checked);
    }

    [Theory]
    [InlineData("Q8_0", true)]
    [InlineData("Q8_0, not packed", true)]
    [InlineData("Q8_0_4x4", false)]
    [InlineData("Q4_0, coded", false)]
    public void AProductBelongsToTheTypeOfItsName(string product, bool isOf) => Assert.Equal(isOf, SelfCheck.IsOf(Product(product, 0), Q80));

    private MachineRecord Open() => MachineRecord.Open(_folder.Path, null, threads: 2);

    private static CheckedProduct Product(string type, double error) => new(type, 2, 0, error, 1);
}
