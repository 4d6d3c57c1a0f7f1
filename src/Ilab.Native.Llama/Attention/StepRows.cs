namespace Ilab.Native.Llama.Attention;

/// <summary>What is known of the rows of the step that the calling thread computes.</summary>
internal static class StepRows
{
    /// <summary>
    /// So many rows come first that belong to sequences of their own: attention does better to compute them one by one than in tiles, which look at whatever
    /// any of their rows sees. A hint: results are right whatever it says.
    /// </summary>
    [field: ThreadStatic]
    public static int Single { get; set; }
}
