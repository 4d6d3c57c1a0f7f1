namespace Ilab.Integration.Tests;

/// <summary>Tests of how soon something is done: nothing runs beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
