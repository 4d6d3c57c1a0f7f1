namespace Ilab.Data.Tests;

/// <summary>Tests that measure what the whole process allocates and keeps: nothing runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
