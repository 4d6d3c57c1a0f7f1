using Ilab.Native.OneDnn.Backend;
using Ilab.Testing;

namespace Ilab.Native.OneDnn.Tests.Backend;

/// <summary>Every mirrored table of functions against the one made from the headers of the pinned version.</summary>
public sealed class VtablesTests
{
    private static readonly (string Native, Type Mirror)[] Mirrors =
    [
        ("ggml_backend_reg", typeof(BackendRegistration)),
        ("ggml_backend_device", typeof(BackendDevice)),
        ("ggml_backend_dev_props", typeof(DeviceProperties)),
        ("ggml_backend", typeof(BackendObject)),
    ];

    [Fact]
    public void EveryMirrorHasTheLayoutOfTheHeader() => Assert.Empty(AbiTable.Differences(AbiTable.Read(), Mirrors));

    [Fact]
    public void EveryBackendStructOfTheTableIsMirrored() =>
        Assert.Equal(
            Mirrors.Select(static mirror => mirror.Native).Order(StringComparer.Ordinal),
            AbiTable
                .Read()
                .Select(static entry => entry.Key)
                .Where(static name => name.StartsWith("ggml_backend", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );
}
