using Ilab.Gguf;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.HuggingFace.Export;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Runner.Tests.Conversion;

/// <summary>Tokenizers whose pieces have probabilities: the engine cuts texts as the definition says, from either file, and on the way back.</summary>
[Collection(NativeCompute.Name)]
public sealed class UnigramTests : IDisposable
{
    private const int Rows = 320;
    private const string Space = "\u2581";

    private static readonly string[] Texts =
    [
        "the cat sat on the mat",
        "thecatsat",
        "  two  spaces   at the end  ",
        "caf\u00e9 na\u00efve \u4e2d\u6587 zzz!",
        "a\tb \ufb01ne @@ sat@@on",
        "",
        "on",
    ];

    private static readonly Dictionary<string, string> Replaced = new()
    {
        ["\ufb01"] = "fi",
        ["\t"] = " ",
        ["\u00e9"] = "e",
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<bool, bool, bool, bool> Forms()
    {
        var data = new TheoryData<bool, bool, bool, bool>();
        for (var form = 0; form < 16; form++)
        {
            data.Add((form & 1) != 0, (form & 2) != 0, (form & 4) != 0, (form & 8) != 0);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void TextsAreCutAsTheProbabilitiesSay(bool isJson, bool hasMap, bool addsPrefix, bool mergesSpaces)
    {
        var pieces = UnigramSource.Pieces();
        var (source, back) = (Made("source"), Made("back"));
        new TinyModel(new TinyModelShape()).Write(source);
        File.Delete(Path.Combine(source, "tokenizer.model"));
        File.WriteAllText(Path.Combine(source, "tokenizer_config.json"), """{"add_bos_token": true, "bos_token": "<s>", "eos_token": "</s>"}""");
        var map = hasMap ? UnigramSource.Map(Replaced) : [];
        if (isJson)
        {
            UnigramSource.WriteJson(Path.Combine(source, "tokenizer.json"), pieces, map, addsPrefix, mergesSpaces);
        }
        else
        {
            TinyTokenizers.WriteUnigram(Path.Combine(source, hasMap ? "spiece.model" : "tokenizer.model"), pieces, map, addsPrefix, mergesSpaces);
        }

        var first = Convert(source, "first");
        Assert.Equal("t5", GgufFile.Read(first).GetString("tokenizer.ggml.model"));
        Check(first, pieces, hasMap, addsPrefix, mergesSpaces);
        HuggingFaceExporter.Write(first, back, null, static _ => { }, CancellationToken.None);
        var second = Convert(back, "second");
        Check(second, pieces, hasMap, addsPrefix, mergesSpaces);
        Assert.Equal(Tokenizer(first), Tokenizer(second));
    }

    public void Dispose() => _folder.Dispose();

    private static void Check(string path, (string Text, float Score, byte Kind)[] pieces, bool hasMap, bool addsPrefix, bool mergesSpaces)
    {
        using var model = NativeLogits.Load(path);
        foreach (var text in Texts)
        {
            var mapped = hasMap ? Replaced.Aggregate(text, static (done, pair) => done.Replace(pair.Key, pair.Value, StringComparison.Ordinal)) : text;
            Assert.Equal(Best(pieces, Spaced(mapped, addsPrefix, mergesSpaces)), model.Vocabulary.Tokenize(text, addSpecial: false, parseSpecial: false));
            Assert.Equal(
                [1, .. Best(pieces, Spaced(mapped, addsPrefix, mergesSpaces))],
                model.Vocabulary.Tokenize(text, addSpecial: true, parseSpecial: false)
            );
        }
    }

    private static string Spaced(string text, bool addsPrefix, bool mergesSpaces)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0
            ? mergesSpaces
                ? ""
                : text.Replace(" ", Space, StringComparison.Ordinal)
            : mergesSpaces
                ? string.Concat(words.Select(static word => Space + word))
                : (addsPrefix ? Space : "") + text.Replace(" ", Space, StringComparison.Ordinal);
    }

    /// <summary>The cutting of the largest probability; characters without a piece are unknown, 10 worse than the worst piece; a run is one token.</summary>
    private static List<int> Best((string Text, float Score, byte Kind)[] pieces, string text)
    {
        var scores = new Dictionary<string, (int Id, double Score)>();
        for (var id = 0; id < pieces.Length; id++)
        {
            if (pieces[id].Kind is 1 or 4)
            {
                scores[pieces[id].Text] = (id, pieces[id].Kind == 4 ? 0 : pieces[id].Score);
            }
        }

        var worst = pieces.Where(static piece => piece.Kind == 1).Min(static piece => piece.Score) - 10;
        var best = new (double Score, int From, int Id)[text.Length + 1];
        for (var end = 1; end <= text.Length; end++)
        {
            best[end] = (double.NegativeInfinity, 0, 0);
            for (var start = 0; start < end; start++)
            {
                var part = text[start..end];
                var (id, score) =
                    scores.TryGetValue(part, out var known) ? known
                    : part.Length == 1 ? (0, worst)
                    : (-1, 0);
                if (id >= 0 && best[start].Score + score > best[end].Score)
                {
                    best[end] = (best[start].Score + score, start, id);
                }
            }
        }

        var ids = new List<int>();
        for (var at = text.Length; at > 0; at = best[at].From)
        {
            if (best[at].Id != 0 || ids.LastOrDefault(-1) != 0)
            {
                ids.Add(best[at].Id);
            }
        }

        ids.Reverse();
        return ids;
    }

    // What a folder says about pairs of texts is written there alone.
    private static string[] Tokenizer(string path) =>
        [
            .. GgufFile
                .Read(path)
                .Metadata.Where(static entry => entry.Key.StartsWith("tokenizer.", StringComparison.Ordinal) && entry.Key != "tokenizer.ggml.add_sep_token")
                .Select(static entry => $"{entry.Key}={entry.Value}")
                .Order(StringComparer.Ordinal),
        ];

    private string Made(string name) => Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName;

    private string Convert(string source, string name)
    {
        var path = Path.Combine(_folder.Path, name + ".gguf");
        using var conversion = HuggingFaceConverter.Prepare(new SourceFolder(source, static file => File.OpenHandle(file)), GgmlType.F32);
        using var file = File.Create(path);
        conversion.Write(file, static _ => { }, CancellationToken.None);
        return path;
    }
}
