using Ilab.Testing;

namespace Ilab.Engine.Tests;

/// <summary>Tests with real runners: one class after the other, and no other assembly's beside them.</summary>
[CollectionDefinition(Name)]
public sealed class NativeCompute : ICollectionFixture<GgmlLock>
{
    public const string Name = "native compute";
}
