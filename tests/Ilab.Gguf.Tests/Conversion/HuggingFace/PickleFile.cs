using System.IO.Compression;
using System.Text;
using Ilab.Testing.Models;

namespace Ilab.Gguf.Tests.Conversion.HuggingFace;

/// <summary>Writes checkpoints as torch.save does, right ones and others.</summary>
internal sealed class PickleFile
{
    private readonly MemoryStream _pickle = new();
    private readonly List<byte[]> _data = [];

    public PickleFile()
    {
        Ops("\x80\x02");
        Global("collections", "OrderedDict");
        Ops(")R(");
    }

    /// <summary>All tensors of a model, in single precision.</summary>
    public static PickleFile Of(TinyModel model)
    {
        var file = new PickleFile();
        foreach (var (name, (shape, values)) in model.Tensors)
        {
            var bytes = new byte[values.Length * sizeof(float)];
            Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
            file.Add(name, [.. shape.Select(static length => (int)length)], bytes);
        }

        return file;
    }

    public PickleFile Add(string name, int[] shape, byte[] bytes, int[]? strides = null, string storage = "FloatStorage")
    {
        Text(name);
        Global("torch._utils", "_rebuild_tensor_v2");
        Ops("((");
        Text("storage");
        Global("torch", storage);
        Text(_data.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Text("cpu");
        Number(bytes.Length / sizeof(float));
        Ops("tQ");
        Number(0);
        Numbers(shape);
        Numbers(strides ?? Strides(shape));
        Ops("\x89");
        Global("collections", "OrderedDict");
        Ops(")RtR");
        _data.Add(bytes);
        return this;
    }

    /// <summary>An entry whose value is the result of any function.</summary>
    public PickleFile AddCall(string name, string module, string function, string argument)
    {
        Text(name);
        Global(module, function);
        Ops("(");
        Text(argument);
        Ops("tR");
        return this;
    }

    public PickleFile AddOps(string ops)
    {
        Ops(ops);
        return this;
    }

    public void Write(string path, CompressionLevel level = CompressionLevel.NoCompression)
    {
        Ops("u.");
        using var stream = File.Create(path);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create);
        Entry(archive, "model/data.pkl", _pickle.ToArray(), level);
        for (var index = 0; index < _data.Count; index++)
        {
            Entry(archive, $"model/data/{index}", _data[index], level);
        }

        Entry(archive, "model/version", "3\n"u8.ToArray(), level);
    }

    private static void Entry(ZipArchive archive, string name, byte[] bytes, CompressionLevel level)
    {
        using var entry = archive.CreateEntry(name, level).Open();
        entry.Write(bytes);
    }

    private static int[] Strides(int[] shape)
    {
        var strides = new int[shape.Length];
        for (var (axis, next) = (shape.Length - 1, 1); axis >= 0; next *= shape[axis--])
        {
            strides[axis] = next;
        }

        return strides;
    }

    private void Ops(string ops) => _pickle.Write(Encoding.Latin1.GetBytes(ops));

    private void Global(string module, string name) => Ops($"c{module}\n{name}\n");

    private void Text(string text)
    {
        Ops("X");
        _pickle.Write(BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)));
        _pickle.Write(Encoding.UTF8.GetBytes(text));
    }

    private void Number(int value)
    {
        Ops("J");
        _pickle.Write(BitConverter.GetBytes(value));
    }

    private void Numbers(int[] values)
    {
        Ops("(");
        Array.ForEach(values, Number);
        Ops("t");
    }
}
