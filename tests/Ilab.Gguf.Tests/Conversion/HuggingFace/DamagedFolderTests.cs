using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>
/// Hundreds of folders with one thing wrong in each: all of them are refused in one line that names the file or the key, soon, and nothing is left behind.
/// </summary>
[Collection(nameof(Alone))]
public sealed class DamagedFolderTests : SourceFixture
{
    private const string Weights = "model.safetensors",
        Config = "config.json";
    private const int Enough = 400;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private static readonly TinyModelShape Small = new()
    {
        Embedding = 32,
        FeedForward = 32,
        Layers = 2,
        Heads = 2,
        KvHeads = 2,
        Vocabulary = 288,
    };

    [Fact]
    public void EachIsRefusedInOneLine()
    {
        Write(Small);
        var whole = Directory.GetFiles(Folder).ToDictionary(static path => path, File.ReadAllBytes);
        var (count, wrong) = (0, new List<string>());
        foreach (var (what, damage, part) in Damages())
        {
            foreach (var (path, bytes) in whole)
            {
                File.WriteAllBytes(path, bytes);
            }

            damage();
            var (message, taken) = Outcome();
            for (var time = 0; taken > Longest && time < 4; time++)
            {
                (message, taken) = Outcome(); // a busy machine is not the folder's fault
            }

            count++;
            if (message is null || !message.Contains(part, StringComparison.Ordinal) || message.Any(char.IsControl) || taken > Longest)
            {
                wrong.Add($"{what}: {message ?? "converted"} ({taken.TotalSeconds:F1} s)");
            }

            var left = Directory.GetFileSystemEntries(Folder).Where(path => !whole.ContainsKey(path)).ToArray();
            if (left.Length > 0)
            {
                wrong.Add($"{what}: left {string.Join(", ", left.Select(Path.GetFileName))}");
                Array.ForEach(left, File.Delete);
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {count}:\n  {string.Join("\n  ", wrong.Take(40))}");
        Assert.True(count >= Enough, $"{count} folders");
    }

    private (string? Message, TimeSpan Taken) Outcome()
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var source = Source();
            using var conversion = HuggingFaceConverter.Prepare(source, null);
            conversion.Write(Stream.Null, static _ => { }, CancellationToken.None);
            return (null, Stopwatch.GetElapsedTime(begun));
        }
        catch (ConversionException exception)
        {
            return (exception.Message, Stopwatch.GetElapsedTime(begun));
        }
    }

    private IEnumerable<(string What, Action Damage, string Part)> Damages() =>
        [.. Truncated(), .. WrongHeaders(), .. WrongTensors(), .. WrongValues(), .. WrongConfigs(), .. WrongFiles()];

    private IEnumerable<(string What, Action Damage, string Part)> Truncated()
    {
        var length = new FileInfo(At(Weights)).Length;
        for (var step = 0; step < 80; step++)
        {
            var at = length * step / 80;
            yield return ($"weights cut at {at}", () => Cut(Weights, at), Weights);
        }

        // What a vocabulary loses at its very end may be no part of it.
        foreach (var file in new[] { Config, "tokenizer.model" })
        {
            for (var step = 1; step < 18; step++)
            {
                var part = step;
                yield return ($"{file} cut at {part} of 20", () => Cut(file, new FileInfo(At(file)).Length * part / 20), file);
            }
        }
    }

    private IEnumerable<(string What, Action Damage, string Part)> WrongHeaders()
    {
        foreach (var name in TensorNames())
        {
            yield return ($"{name} overlaps", () => EditHeader(header => Shift(header, name, -16)), Weights);
            yield return ($"{name} leaves a hole", () => EditHeader(header => Shift(header, name, 16)), Weights);
            yield return ($"{name} of 10^9 rows", () => EditHeader(header => header[name]!["shape"] = new JsonArray(1_000_000_000, 1_000_000_000)), name);
            yield return ($"{name} of a negative length", () => EditHeader(header => header[name]!["shape"] = new JsonArray(-1)), name);
            yield return ($"{name} of an unknown type", () => EditHeader(header => header[name]!["dtype"] = "F12"), name);
            yield return ($"{name} of bytes", () => Retype(name, "U8", 4), name);
            yield return ($"{name} of whole numbers", () => Retype(name, "I32", 1), name);
        }
    }

    private IEnumerable<(string What, Action Damage, string Part)> WrongTensors()
    {
        foreach (var name in TensorNames())
        {
            yield return ($"{name} is missing", () => Rewrite(model => model.Tensors.Remove(name)), name);
            yield return (
                $"{name} has another shape",
                () => Rewrite(model => model.Tensors[name] = ([7, model.Tensors[name].Values.Length], new float[7 * model.Tensors[name].Values.Length])),
                name
            );
            yield return ($"{name} beside another", () => Rewrite(model => model.Tensors["extra." + name] = model.Tensors[name]), "extra." + name);
        }
    }

    private IEnumerable<(string What, Action Damage, string Part)> WrongValues() =>
        TensorNames()
            .Select<string, (string, Action, string)>(name =>
                ($"{name} holds no number", () => Rewrite(model => model.Tensors[name].Values[^1] = float.NaN), name)
            );

    private IEnumerable<(string What, Action Damage, string Part)> WrongConfigs()
    {
        string[] lengths = ["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads"];
        foreach (var key in lengths)
        {
            foreach (var value in new JsonNode[] { 0, -1, 1_000_000_000, "many", 1.5 })
            {
                yield return ($"{key} is {value}", () => Edit(Config, config => config[key] = value.DeepClone()), key);
            }
        }

        foreach (var key in new[] { "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads" })
        {
            yield return ($"{key} is missing", () => Edit(Config, config => config.Remove(key)), key);
        }

        foreach (
            var name in new[]
            {
                "GemmaForCausalLM",
                "GPT2LMHeadModel",
                "BertModel",
                "MambaForCausalLM",
                "Qwen2ForCausalLM",
                "Phi3ForCausalLM",
                "DeepseekV3ForCausalLM",
            }
        )
        {
            yield return ($"config of {name}", () => Edit(Config, config => config["architectures"] = new JsonArray(name)), "");
        }

        foreach (var value in new JsonNode?[] { null, 5, new JsonArray(), new JsonArray(7), "LlamaForCausalLM", new JsonObject() })
        {
            yield return (
                $"architectures is {value?.ToJsonString()}",
                () => Edit(Config, config => config["architectures"] = value?.DeepClone()),
                "architectures"
            );
        }

        yield return ("rope of an unknown kind", () => Edit(Config, config => config["rope_scaling"] = new JsonObject { ["rope_type"] = "spiral" }), "spiral");
        yield return ("another activation", () => Edit(Config, config => config["hidden_act"] = "tanh"), "tanh");
        yield return ("epsilon without an end", () => Replace(Config, "\"rms_norm_eps\":", "\"rms_norm_eps\":Infinity,\"old\":"), "rms_norm_eps");
    }

    private IEnumerable<(string What, Action Damage, string Part)> WrongFiles()
    {
        yield return ("no config", () => File.Delete(At(Config)), Config);
        yield return ("no weights", () => File.Delete(At(Weights)), Weights);
        yield return ("no tokenizer", () => File.Delete(At("tokenizer.model")), "tokenizer");
        foreach (var file in new[] { Config, Weights, "tokenizer.model" })
        {
            yield return ($"{file} is empty", () => File.WriteAllText(At(file), ""), file);
            yield return (
                $"{file} is a pointer",
                () => File.WriteAllText(At(file), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"),
                file
            );
            yield return ($"{file} is a page", () => File.WriteAllText(At(file), "<!DOCTYPE html><html></html>"), file);
        }
    }

    private List<string> TensorNames() => [.. new TinyModel(Small).Tensors.Keys];

    private void Cut(string file, long length)
    {
        using var stream = File.OpenWrite(At(file));
        stream.SetLength(length);
    }

    private void Rewrite(Action<TinyModel> change)
    {
        var model = new TinyModel(Small);
        change(model);
        model.Write(Folder);
    }

    private void Replace(string file, string old, string other) =>
        File.WriteAllText(At(file), File.ReadAllText(At(file)).Replace("\": ", "\":", StringComparison.Ordinal).Replace(old, other, StringComparison.Ordinal));

    private void EditHeader(Action<JsonObject> change)
    {
        var bytes = File.ReadAllBytes(At(Weights));
        var length = (int)BitConverter.ToInt64(bytes);
        var header = JsonNode.Parse(Encoding.UTF8.GetString(bytes, 8, length))!.AsObject();
        change(header);
        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        File.WriteAllBytes(At(Weights), [.. BitConverter.GetBytes((long)text.Length), .. text, .. bytes[(8 + length)..]]);
    }

    private static void Shift(JsonObject header, string name, int bytes)
    {
        var offsets = header[name]!["data_offsets"]!.AsArray();
        header[name]!["data_offsets"] = new JsonArray((long)offsets[0]! + bytes, (long)offsets[1]! + bytes);
    }

    private void Retype(string name, string type, int factor) =>
        EditHeader(header =>
        {
            var shape = header[name]!["shape"]!.AsArray().Select(static length => (long)length!).ToArray();
            shape[^1] *= factor;
            header[name]!["dtype"] = type;
            header[name]!["shape"] = new JsonArray([.. shape.Select(static length => (JsonNode)length)]);
        });
}
