using System.Text;
using Ilab.Api.V1;
using Ilab.Client.Errors;

namespace Ilab.Cli.Commands.Models;

/// <summary>A Modelfile that the service may not read: its text is sent instead.</summary>
internal static class LocalModelfile
{
    private const string FileName = "Modelfile";
    private const int Longest = 3 << 20; // fits into a message
    private static readonly string[] Instructions = ["FROM", "ADAPTER", "SYSTEM", "TEMPLATE", "PARAMETER", "MESSAGE", "LICENSE"];

    /// <summary>The Modelfile in a directory, or the file itself if it begins as a Modelfile does; else null.</summary>
    public static string? Find(string path)
    {
        if (Directory.Exists(path))
        {
            var inside = Path.Combine(path, FileName);
            return File.Exists(inside) ? inside : null;
        }

        try
        {
            return new FileInfo(path).Length <= Longest && Begins(path) ? path : null;
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            return null; // whoever reads it as a model says what is wrong with it
        }
    }

    /// <exception cref="IlabException">INVALID_ARGUMENT: too long; or the file cannot be read.</exception>
    public static string Read(string path)
    {
        try
        {
            return new FileInfo(path).Length <= Longest
                ? File.ReadAllText(path)
                : throw new IlabException(ErrorKind.InvalidArgument, $"{path} is longer than a {FileName} can be");
        }
        catch (Exception exception) when (FileErrors.Covers(exception))
        {
            throw FileErrors.Of(path, FileUse.Read, exception);
        }
    }

    private static bool Begins(string path)
    {
        using var reader = new StreamReader(path, Encoding.UTF8);
        var buffer = new char[4096];
        var text = new string(buffer, 0, reader.ReadBlock(buffer));
        var first = text.Split('\n').Select(static line => line.Trim()).FirstOrDefault(static line => line.Length > 0 && line[0] != '#');
        return first?.Split([' ', '\t'], 2) is [var word, _] && Instructions.Contains(word.ToUpperInvariant());
    }
}
