using System.Text.Json;
using Ilab.Gguf.Description;

namespace Ilab.Gguf.Conversion.Tokenizers;

/// <summary>Finds and reads the tokenizer of a Hugging Face folder.</summary>
public static class TokenizerFiles
{
    /// <exception cref="ConversionException">None, or one that cannot be converted.</exception>
    public static TokenizerData Read(SourceFolder folder, VocabularyRequest request)
    {
        var (document, unreadable) = ReadJson(folder);
        using var owned = document;
        var unusable = unreadable;
        var takesPieces = request.Rules.Kind == VocabularyKind.Usual || (request.Rules.Kind == VocabularyKind.BytePairs && document is null);
        if (takesPieces && SentencePieceModel.Find(folder) is { } file)
        {
            try
            {
                var model = SentencePieceModel.Read(folder.ReadBytes(file));
                switch (model.IsUnigram && document is not null ? TokenizerJson.KindOf(document.RootElement) : "")
                {
                    case Unigrams.Kind:
                        return OfJson(folder, request, document!.RootElement, null);
                    case "BPE":
                        throw new UnusableTokenizerException($"{file} is a unigram model, and {TokenizerJson.FileName} is none");
                }

                if (unreadable is not null)
                {
                    folder.Warn($"{unreadable.Message}: {SentencePieceModel.FileName} is used alone");
                }

                return SpecialTokenFiles.Complete(Vocabularies.OfPieces(folder, request, model, document?.RootElement), folder, document?.RootElement, request);
            }
            catch (UnusableTokenizerException exception)
            {
                unusable = unreadable is null ? exception : Both(exception, unreadable);
            }
        }

        if (document is null && request.Rules.Kind == VocabularyKind.Probabilities && folder.Has(ShiftedPieces.FileName))
        {
            return SpecialTokenFiles.Complete(ShiftedPieces.Read(folder, request), folder, null, request);
        }

        return document is null
            ? throw unusable
                ?? new ConversionException(
                    $"{folder.Name} has neither {TokenizerJson.FileName} nor {SentencePieceModel.FileName}",
                    "a model without its tokenizer cannot be used"
                )
            : OfJson(folder, request, document.RootElement, unusable);
    }

    private static (JsonDocument? Document, ConversionException? Problem) ReadJson(SourceFolder folder)
    {
        try
        {
            return (folder.ReadJson(TokenizerJson.FileName) ?? PairFiles.Read(folder), null);
        }
        catch (ConversionException exception)
        {
            return (null, exception);
        }
    }

    /// <param name="unusable">What is wrong with the tokenizer.model beside it, or null.</param>
    private static TokenizerData OfJson(SourceFolder folder, VocabularyRequest request, JsonElement root, ConversionException? unusable)
    {
        try
        {
            var json = TokenizerJson.Parse(
                root,
                request.Rules.Kind switch
                {
                    VocabularyKind.WordPieces => ["WordPiece"],
                    VocabularyKind.CharacterPairs => ["BPE"],
                    VocabularyKind.Probabilities => [Unigrams.Kind],
                    _ => ["BPE", Unigrams.Kind],
                }
            );
            var data = request.Rules.Kind switch
            {
                VocabularyKind.WordPieces => Vocabularies.OfWordPieces(json, request, folder),
                VocabularyKind.CharacterPairs => Vocabularies.OfCharacters(json, request, folder),
                _ when TokenizerJson.KindOf(root) == Unigrams.Kind => Unigrams.OfJson(json, request, folder),
                _ when json.IsSentencePiece => Vocabularies.OfByteFallback(json, request, folder),
                _ => Vocabularies.OfBytes(json, request, folder),
            };
            if (unusable is not null)
            {
                folder.Warn($"{unusable.Message}: {TokenizerJson.FileName} is used instead");
            }

            return SpecialTokenFiles.Complete(data, folder, root, request);
        }
        catch (ConversionException exception) when (unusable is not null)
        {
            throw Both(unusable, exception);
        }
    }

    private static ConversionException Both(ConversionException first, ConversionException second) =>
        new($"{first.Message}; {second.Message}", second.Hint, second.IsUnsupported);
}
