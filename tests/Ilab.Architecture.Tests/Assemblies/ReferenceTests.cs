using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Ilab.Architecture.Tests.Assemblies;

/// <summary>Who may know whom, read from the built assemblies: a project file can say one thing and the code another.</summary>
public sealed class ReferenceTests
{
    [Theory]
    [InlineData(
        "Ilab.Cli",
        "ilab",
        "Ilab.Engine|Ilab.Daemon|Ilab.Native.|Ilab.Runner.Contract|Microsoft.Extensions.|Microsoft.AspNetCore|Microsoft.Data.Sqlite|Ilab.Gguf"
    )]
    [InlineData("Ilab.Client", "Ilab.Client", "Ilab.Engine|Grpc.AspNetCore|Microsoft.Extensions.|Microsoft.AspNetCore")]
    [InlineData("Ilab.Api", "Ilab.Api", "Ilab.Engine|Grpc.AspNetCore|Microsoft.AspNetCore")]
    [InlineData("Ilab.Engine", "Ilab.Engine", "Ilab.Native.|Ilab.Api|Grpc.AspNetCore|Ilab.Daemon|Microsoft.AspNetCore")]
    [InlineData("Ilab.Http", "Ilab.Http", "Ilab.Native.|Ilab.Api|Ilab.Daemon|Ilab.Data|Ilab.Sources|Ilab.Configuration|Grpc.AspNetCore")]
    [InlineData("Ilab.Daemon", "ilabd", "Ilab.Native.|Ilab.Client|Ilab.Cli")]
    [InlineData("Ilab.Runner", "ilab-runner", "Ilab.Engine|Ilab.Api|Ilab.Daemon|Microsoft.Data.Sqlite")]
    [InlineData("Ilab.Native.Llama", "Ilab.Native.Llama", "Ilab.Engine|Ilab.Api|Grpc.|Microsoft.AspNetCore")]
    [InlineData("Ilab.Gguf", "Ilab.Gguf", "Ilab.|Grpc.|Microsoft.")]
    public void AssemblyKeepsAwayFrom(string project, string assembly, string forbidden)
    {
        var found = References(project, assembly)
            .Where(static name => name != "Microsoft.Extensions.Logging.Abstractions") // Grpc.Net.Client's public surface names it
            .Where(name =>
                forbidden
                    .Split('|')
                    .Any(prefix => name == prefix.TrimEnd('.') || name.StartsWith(prefix.EndsWith('.') ? prefix : prefix + ".", StringComparison.Ordinal))
            );
        Assert.Empty(found);
    }

    [Fact]
    public void TheServiceDoesNotShipTheNativeBinding()
    {
        var folder = OutputOf("Ilab.Daemon");
        Assert.False(File.Exists(Path.Combine(folder, "Ilab.Native.Llama.dll")), "ilabd must never be able to load libllama");
    }

    private static string[] References(string project, string assembly)
    {
        using var stream = File.OpenRead(Path.Combine(OutputOf(project), assembly + ".dll"));
        using var file = new PEReader(stream);
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    private static string OutputOf(string project) => Path.Combine(Repository.Root, "artifacts", "bin", project, Repository.Configuration);
}
