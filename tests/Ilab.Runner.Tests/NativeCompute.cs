using Ilab.Testing;

namespace Ilab.Runner.Tests;

/// <summary>Tests that compute: one class after the other, and no other assembly's beside them.</summary>
[CollectionDefinition(Name)]
public sealed class NativeCompute : ICollectionFixture<GgmlLock>
{
    public const string Name = "native compute";
}
