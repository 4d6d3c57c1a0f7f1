namespace Ilab.Native.Llama;

/// <summary>How one embedding is made of those of a text's tokens. The values are llama.cpp's.</summary>
public enum Pooling
{
    /// <summary>What the model says.</summary>
    OfModel = -1,

    /// <summary>One embedding for each token.</summary>
    None = 0,

    Mean = 1,

    /// <summary>That of the first token.</summary>
    First = 2,

    /// <summary>That of the last token.</summary>
    Last = 3,

    /// <summary>The scores of a classifier.</summary>
    Rank = 4,
}
