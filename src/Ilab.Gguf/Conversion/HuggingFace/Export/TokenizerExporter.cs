using System.Text.Json;
using Ilab.Gguf.Conversion.Tokenizers;

namespace Ilab.Gguf.Conversion.HuggingFace.Export;

/// <summary>A tokenizer as the files of a Hugging Face folder: tokenizer.model for pieces, tokenizer.json for BPE over bytes.</summary>
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
    public IReadOnlyList<string> Files => [HasPieces ? SentencePieceModel.FileName : TokenizerJson.FileName, SettingsFile];

    private bool HasPieces => _data.Model == "llama";

    public void Write(string folder)
    {
        if (HasPieces)
        {
            using var file = File.Create(Path.Combine(folder, SentencePieceModel.FileName));
            file.Write(SentencePieceModel.Write(_data));
        }
        else
        {
            ConfigWriter.WriteFile(Path.Combine(folder, TokenizerJson.FileName), WriteJson);
        }

        ConfigWriter.WriteFile(Path.Combine(folder, SettingsFile), WriteSettings);
    }

    private bool IsAdded(int id) => _data.Kinds[id] is TokenKind.Control or TokenKind.UserDefined or TokenKind.Unknown;

    private void WriteSettings(Utf8JsonWriter json)
    {
        Flag("add_bos_token", _data.Special.AddsBegin);
        Flag("add_eos_token", _data.Special.AddsEnd);
        Flag("add_prefix_space", _data.Special.AddsSpacePrefix);
        Token("bos_token", _data.Special.Begin);
        Token("eos_token", _data.Special.End);
        Token("unk_token", _data.Special.Unknown);
        Token("pad_token", _data.Special.Padding);
        json.WriteString("tokenizer_class", _data.Model == "llama" ? "LlamaTokenizer" : "PreTrainedTokenizerFast");
        if (_data.ChatTemplate is { } template)
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
        if (_data.Model == Unigrams.Model)
        {
            UnigramWriter.WriteSteps(json, _data);
            json.WritePropertyName("post_processor");
            WriteFrame(json);
            UnigramWriter.WriteModel(json, _data);
            return;
        }

        json.WriteNull("normalizer");
        json.WritePropertyName("pre_tokenizer");
        json.WriteRawValue(_cut);
        json.WritePropertyName("post_processor");
        WriteFrame(json);
        json.WritePropertyName("decoder");
        json.WriteRawValue("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}""");
        WriteModel(json);
    }

    // What is put around texts; without a template the flags of tokenizer_config.json say it.
    private void WriteFrame(Utf8JsonWriter json)
    {
        var begin = _data.Special is { AddsBegin: true, Begin: { } first } ? first : (int?)null;
        var end = _data.Special is { AddsEnd: true, End: { } last } ? last : (int?)null;
        if (begin is null && end is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "TemplateProcessing");
        WriteTemplate(json, "single", begin, end, ["A"]);
        WriteTemplate(json, "pair", begin, end, ["A", "B"]);
        json.WriteStartObject("special_tokens");
        foreach (var id in new[] { begin, end }.OfType<int>().Distinct())
        {
            json.WriteStartObject(_data.Tokens[id]);
            json.WriteString("id", _data.Tokens[id]);
            json.WriteStartArray("ids");
            json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(_data.Tokens[id]);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteTemplate(Utf8JsonWriter json, string name, int? begin, int? end, string[] texts)
    {
        json.WriteStartArray(name);
        for (var number = 0; number < texts.Length; number++)
        {
            Entry("SpecialToken", begin is { } first ? _data.Tokens[first] : null, number);
            Entry("Sequence", texts[number], number);
            Entry("SpecialToken", end is { } last ? _data.Tokens[last] : null, number);
        }

        json.WriteEndArray();

        void Entry(string kind, string? id, int type)
        {
            if (id is not null)
            {
                json.WriteStartObject();
                json.WriteStartObject(kind);
                json.WriteString("id", id);
                json.WriteNumber("type_id", type);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        }
    }

    private void WriteAdded(Utf8JsonWriter json, int id)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", _data.Tokens[id]);
        foreach (var name in new[] { "single_word", "lstrip", "rstrip", "normalized" })
        {
            json.WriteBoolean(name, false);
        }

        json.WriteBoolean("special", _data.Kinds[id] != TokenKind.UserDefined);
        json.WriteEndObject();
    }

    private void WriteModel(Utf8JsonWriter json)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (var name in new[] { "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix" })
        {
            json.WriteNull(name);
        }

        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", _data.Pre is "llama-bpe" or "llama3" or "llama-v3" or "tekken");
        json.WriteStartObject("vocab");
        for (var id = 0; id < _data.Tokens.Length; id++)
        {
            if (_data.Kinds[id] == TokenKind.Normal)
            {
                json.WriteNumber(_data.Tokens[id], id);
            }
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var merge in _data.Merges!)
        {
            var space = merge.IndexOf(' ', 1);
            json.WriteStartArray();
            json.WriteStringValue(merge[..space]);
            json.WriteStringValue(merge[(space + 1)..]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
