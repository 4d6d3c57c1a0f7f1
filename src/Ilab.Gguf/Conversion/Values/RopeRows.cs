namespace Ilab.Gguf.Conversion.Values;

/// <summary>
/// The rows of a query or key projection in the other order of rotary pairs. Hugging Face keeps the two halves of a head apart (value i turns with value
/// i + d/2); some graphs of llama.cpp want a pair side by side.
/// </summary>
public static class RopeRows
{
    /// <param name="inner">Rows of all heads; a vector has one value a row.</param>
    /// <param name="heads">How many heads they are.</param>
    /// <param name="toPairs">To llama.cpp's order; false = back.</param>
    public static IRowSource Of(IRowSource inner, int heads, bool toPairs)
    {
        var (rows, half) = (inner.Rows / heads, inner.Rows / heads / 2);
        return new MappedRows(
            inner,
            inner.Rows,
            row =>
            {
                var place = row % rows;
                return row - place + (toPairs ? ((place % 2) * half) + (place / 2) : ((place % half) * 2) + (place / half));
            }
        );
    }
}
