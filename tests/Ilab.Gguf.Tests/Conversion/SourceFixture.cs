using System.Text.Json.Nodes;
using Ilab.Gguf.Conversion;
using Ilab.Gguf.Conversion.HuggingFace;
using Ilab.Gguf.Conversion.Values;
using Ilab.Gguf.Safetensors;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion;

/// <summary>A folder with a small model in it that tests spoil, and what comes of converting it.</summary>
public class SourceFixture : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("ilab-converted-").FullName;
    private bool _isWritten;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("ilab-source-").FullName;

    /// <summary>Bytes of the last conversion's GGUF, warnings and header.</summary>
    protected sealed record Converted(string Path, GgufFile Header, IReadOnlyList<string> Warnings)
    {
        public float[] Values(string name)
        {
            var tensor = Header.Tensors.Single(tensor => tensor.Name == name);
            using var handle = File.OpenHandle(Path);
            var values = new float[tensor.Elements];
            FileRows.Of(handle, Header.DataOffset, tensor).Read(0, values);
            return values;
        }

        public bool Has(string name) => Header.Tensors.Any(tensor => tensor.Name == name);
    }

    protected string At(string name) => System.IO.Path.Combine(Folder, name);

    protected TinyModel Write(TinyModelShape? shape = null, int shards = 1, bool sentencePiece = true, Action<TinyModel>? change = null)
    {
        var model = new TinyModel(shape ?? new TinyModelShape());
        change?.Invoke(model);
        model.Write(Folder, shards: shards, sentencePiece: sentencePiece);
        _isWritten = true;
        return model;
    }

    /// <summary>Changes a JSON file of the folder; the model is written first if it is not there.</summary>
    protected void Edit(string name, Action<JsonObject> change)
    {
        if (!_isWritten)
        {
            Write();
        }

        var json = JsonNode.Parse(File.ReadAllText(At(name)))!.AsObject();
        change(json);
        File.WriteAllText(At(name), json.ToJsonString());
    }

    protected Converted Convert()
    {
        using var conversion = HuggingFaceConverter.Prepare(Source(), null);
        var path = System.IO.Path.Combine(_output, "model.gguf");
        using (var file = File.Create(path))
        {
            conversion.Write(file, static _ => { }, CancellationToken.None);
        }

        return new Converted(path, GgufFile.Read(path), conversion.Warnings);
    }

    protected ConversionException Refused()
    {
        using var folder = Source();
        return Assert.ThrowsAny<ConversionException>(() => HuggingFaceConverter.Prepare(folder, null).Dispose());
    }

    protected SourceFolder Source() => new(Folder, static path => File.OpenHandle(path));

    protected static void WriteSafetensors(string path, IEnumerable<(string Name, SafetensorsType Type, long[] Shape)> tensors)
    {
        var writer = new SafetensorsWriter();
        foreach (var (name, type, shape) in tensors)
        {
            writer.Add(
                name,
                type,
                shape,
                stream => stream.Write(new byte[shape.Aggregate((long)SafetensorsTypes.Size(type), static (product, length) => product * length)])
            );
        }

        writer.Write(path);
    }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        Directory.Delete(_output, recursive: true);
        GC.SuppressFinalize(this);
    }
}
