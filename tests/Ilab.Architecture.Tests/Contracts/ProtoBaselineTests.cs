using Google.Protobuf.Reflection;
using Ilab.Api.V1;
using Ilab.Runner.Contract.V1;

namespace Ilab.Architecture.Tests.Contracts;

/// <summary>
/// The wire contract only grows. <c>proto/baseline.txt</c> holds one line per promise already made; a line that no longer holds breaks
/// somebody's program. New promises are added to the file with <c>ILAB_UPDATE_BASELINE=1 dotnet test tests/Ilab.Architecture.Tests</c>.
/// </summary>
public sealed class ProtoBaselineTests
{
    private static readonly string BaselinePath = Path.Combine(Repository.Root, "proto", "baseline.txt");

    private static readonly FileDescriptor[] Files =
    [
        ErrorsReflection.Descriptor,
        ModelsReflection.Descriptor,
        InferenceReflection.Descriptor,
        JobsReflection.Descriptor,
        SystemReflection.Descriptor,
        RunnerReflection.Descriptor,
        TaxonomyReflection.Descriptor,
        RunsReflection.Descriptor,
        DataReflection.Descriptor,
        TokensReflection.Descriptor,
    ];

    [Fact]
    public void EveryPromiseStillStandsAndEveryNewOneIsWrittenDown()
    {
        string[] current = [.. DescriptorText.Lines(Files).Order(StringComparer.Ordinal)];
        if (Environment.GetEnvironmentVariable("ILAB_UPDATE_BASELINE") == "1")
        {
            string[] kept = File.Exists(BaselinePath) ? File.ReadAllLines(BaselinePath) : [];
            File.WriteAllLines(BaselinePath, current.Union(kept).Order(StringComparer.Ordinal));
        }

        var baseline = File.ReadAllLines(BaselinePath);
        Assert.Empty(baseline.Except(current).Select(line => $"broken: {line}"));
        Assert.Empty(current.Except(baseline).Select(line => $"not in proto/baseline.txt: {line}"));
    }

    [Fact]
    public void EveryCallHasItsOwnFileInTheService()
    {
        var files = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src", "Ilab.Daemon", "Services"), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .ToHashSet();
        var missing =
            from service in Files.SelectMany(file => file.Services)
            where service.File.Package == "ilab.v1"
            from method in service.Methods
            let name = $"{service.Name.Replace("Service", "Endpoints", StringComparison.Ordinal)}.{method.Name}"
            where !files.Contains(name)
            select name;
        Assert.Empty(missing);
    }
}
