namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>
/// The SentencePiece file of XLM-RoBERTa without a tokenizer.json: its models were trained with ids one higher than those of the file, behind tokens in
/// fairseq's order, and with a mask as the last.
/// </summary>
internal static class ShiftedPieces
{
    public const string FileName = "sentencepiece.bpe.model";
    private const int Own = 3;
    private static readonly (string Text, TokenKind Kind)[] First =
    [
        ("<s>", TokenKind.Control),
        ("<pad>", TokenKind.Control),
        ("</s>", TokenKind.Control),
        ("<unk>", TokenKind.Unknown),
    ];

    public static TokenizerData Read(SourceFolder folder, VocabularyRequest request)
    {
        var model = SentencePieceModel.Read(folder.ReadBytes(FileName));
        if (!model.IsUnigram || model.Pieces.Count < Own)
        {
            throw new ConversionException($"{FileName} has no pieces with probabilities", "check that the file is that of the model");
        }

        var list = new TokenList(folder, FileName, request.Count);
        var last = First.Length + model.Pieces.Count - Own;
        foreach (var (piece, index) in model.Pieces.Skip(Own).Select(static (piece, index) => (piece, index)))
        {
            list.Set(First.Length + index, piece.Text, piece.Score, piece.Kind);
        }

        for (var id = 0; id < First.Length; id++)
        {
            list.Set(id, First[id].Text, 0, First[id].Kind);
        }

        if (last < request.Count)
        {
            list.Set(last, "<mask>", 0, TokenKind.Control);
        }

        list.Add(AddedTokenFiles.InConfig(folder), Vocabularies.KindOf);
        list.Kinds[First.Length - 1] = TokenKind.Unknown;
        var data = Unigrams.Of(folder, list, model with { Special = (0, 2, 3) });
        return data with
        {
            Special = data.Special with { Padding = 1, Separator = 2, Mask = last < request.Count ? last : null },
            TokenTypes = Vocabularies.TypesOf(request),
        };
    }
}
