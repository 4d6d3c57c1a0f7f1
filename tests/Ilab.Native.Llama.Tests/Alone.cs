namespace Ilab.Native.Llama.Tests;

/// <summary>Tests of what belongs to the whole process: nothing computes beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
