using System.Globalization;
using System.Text.Json;
using Ilab.Gguf.Conversion.Tokenizers;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>A tokenizer as the files of a Hugging Face folder: tokenizer.json, and for pieces tokenizer.model beside it.</summary>
internal sealed class TokenizerExporter
{
    private const string SettingsFile = "tokenizer_config.json";
    private readonly TokenizerData _data;
    private readonly string _cut;

    private TokenizerExporter(TokenizerData data, string cut)
    {
        _data = data;
        _cut = cut;
    }

    /// <exception cref="ConversionException">The way it cuts text has no counterpart.</exception>
    public static TokenizerExporter Prepare(TokenizerData data) => new(data, data.Model == "gpt2" ? PreTokenizers.JsonOf(data.Pre ?? "default") : "");

    /// <summary>What <see cref="Write"/> writes.</summary>
    public IReadOnlyList<string> Files =>
        HasPieces ? [SentencePieceModel.FileName, TokenizerJson.FileName, SettingsFile] : [TokenizerJson.FileName, SettingsFile];

    private bool HasPieces => _data.Model == "llama";

    public void Write(string folder)
    {
        if (HasPieces)
        {
            using var file = File.Create(Path.Combine(folder, SentencePieceModel.FileName));
            file.Write(SentencePieceModel.Write(_data));
        }

        ConfigWriter.WriteFile(Path.Combine(folder, TokenizerJson.FileName), WriteJson);
        ConfigWriter.WriteFile(Path.Combine(folder, SettingsFile), WriteSettings);
    }

    private bool IsAdded(int id) => _data.Kinds[id] is TokenKind.Control or TokenKind.UserDefined or TokenKind.Unknown;

    private void WriteSettings(Utf8JsonWriter json)
    {
        var special = _data.Special;
        var isWords = _data.Model == Vocabularies.WordPieces;
        Flag("add_bos_token", isWords ? null : special.AddsBegin);
        Flag("add_eos_token", isWords ? null : special.AddsEnd);
        Flag("add_sep_token", isWords ? null : special.AddsSeparator);
        Flag("add_prefix_space", special.AddsSpacePrefix);
        Flag("do_lower_case", isWords ? special.Lowercases ?? true : null);
        // What begins and ends a text has other names there.
        Token(isWords ? "cls_token" : "bos_token", special.Begin);
        Token(isWords ? "sep_token" : "eos_token", isWords ? special.Separator ?? special.End : special.End);
        Token("sep_token", isWords ? null : special.Separator);
        Token("unk_token", special.Unknown);
        Token("pad_token", special.Padding);
        Token("mask_token", special.Mask);
        WriteDecoder(json);
        json.WriteString(
            "tokenizer_class",
            _data.Model switch
            {
                "llama" => "LlamaTokenizer",
                Vocabularies.WordPieces => "BertTokenizer",
                Vocabularies.Characters => "GemmaTokenizer",
                _ => "PreTrainedTokenizerFast",
            }
        );
        if (_data.OtherTemplates.Count > 0)
        {
            json.WriteStartArray("chat_template");
            foreach (var (name, template) in _data.OtherTemplates.Prepend(KeyValuePair.Create(ChatTemplates.Default, _data.ChatTemplate ?? "")))
            {
                if (template.Length > 0)
                {
                    json.WriteStartObject();
                    json.WriteString("name", name);
                    json.WriteString("template", template);
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
        }
        else if (_data.ChatTemplate is { } template)
        {
            json.WriteString("chat_template", template);
        }

        void Flag(string name, bool? flag)
        {
            if (flag is { } value)
            {
                json.WriteBoolean(name, value);
            }
        }

        void Token(string name, int? id)
        {
            if (id is { } value)
            {
                json.WriteString(name, _data.Tokens[value]);
            }
        }
    }

    // SentencePiece's own file does not tell tokens that were added later from its pieces.
    private void WriteDecoder(Utf8JsonWriter json)
    {
        if (!HasPieces)
        {
            return;
        }

        json.WriteStartObject("added_tokens_decoder");
        for (var id = 0; id < _data.Tokens.Length; id++)
        {
            if (_data.Kinds[id] == TokenKind.UserDefined || (IsAdded(id) && _data.Scores![id] <= TokenList.AddedScore))
            {
                json.WritePropertyName(id.ToString(CultureInfo.InvariantCulture));
                WriteAdded(json, id, isNumbered: false);
            }
        }

        json.WriteEndObject();
    }

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        for (var id = 0; id < _data.Tokens.Length; id++)
        {
            if (IsAdded(id))
            {
                WriteAdded(json, id);
            }
        }

        json.WriteEndArray();
        switch (_data.Model)
        {
            case Unigrams.Model:
                UnigramWriter.WriteSteps(json, _data);
                FrameWriter.Write(json, _data);
                UnigramWriter.WriteModel(json, _data);
                break;
            case "llama":
                PieceWriter.WriteSteps(json, _data);
                FrameWriter.Write(json, _data);
                PieceWriter.WriteModel(json, _data);
                break;
            case Vocabularies.WordPieces:
                WordPieceWriter.WriteSteps(json, _data);
                FrameWriter.Write(json, _data);
                WordPieceWriter.WriteModel(json, _data);
                break;
            case Vocabularies.Characters:
                PairWriter.WriteCharacterSteps(json);
                FrameWriter.Write(json, _data);
                PairWriter.WriteCharacters(json, _data);
                break;
            default:
                json.WriteNull("normalizer");
                json.WritePropertyName("pre_tokenizer");
                json.WriteRawValue(_cut);
                FrameWriter.Write(json, _data);
                PairWriter.WriteBytes(json, _data);
                break;
        }
    }

    private void WriteAdded(Utf8JsonWriter json, int id, bool isNumbered = true)
    {
        json.WriteStartObject();
        if (isNumbered)
        {
            json.WriteNumber("id", id);
        }

        var text = _data.Model == Vocabularies.WordPieces ? WordPieceWriter.TextOf(_data, id) : _data.Tokens[id];
        json.WriteString("content", text);
        foreach (var name in new[] { "single_word", "lstrip", "rstrip", "normalized" })
        {
            json.WriteBoolean(name, false);
        }

        // Tokens that are to be seen are ordinary ones for the engine alone.
        var isVisible = _data.Model == Vocabularies.Characters && Vocabularies.Visible.Contains(text);
        json.WriteBoolean("special", _data.Kinds[id] != TokenKind.UserDefined || isVisible);
        json.WriteEndObject();
    }
}
