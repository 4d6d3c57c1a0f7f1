using System.Text.Json;
using Ilab.Engine.Errors;
using Ilab.Engine.Hosting;
using Ilab.Engine.Workloads.Execution;
using Ilab.Executors.Local;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;
using Ilab.Testing;

namespace Ilab.Executors.Tests.Local;

/// <summary>The names in an order become paths on this machine.</summary>
public sealed class TaskStagingTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task TheFilesOfAConversionAreFoundUnderTheNamesOfTheirFolder()
    {
        var spec = await StageAsync(
            new TaskSpec
            {
                Output = "model.gguf",
                Conversion = new ConversionSpec
                {
                    Format = ConversionSpec.Peft,
                    Sources = new Dictionary<string, string> { ["adapter_config.json"] = "source-1" },
                    Tokenizer = "tokenizer",
                    Base = "base",
                },
            }
        );
        Assert.Equal("/there/a b.json", spec.Conversion!.Sources["adapter_config.json"]);
        Assert.Equal(("/there/tok.bin", "/there/base.gguf"), (spec.Conversion.Tokenizer, spec.Conversion.Base));
        Assert.Equal(Folder.FileOf("model.gguf"), spec.Output);
        Assert.Equal("", spec.OutputFolder);
    }

    [Fact]
    public async Task AConversionIntoAFolderWritesWhereOutputsAreCollected()
    {
        var spec = await StageAsync(
            new TaskSpec
            {
                Files = ["base"],
                Conversion = new ConversionSpec { Format = ConversionSpec.HuggingFace, IsExport = true },
            }
        );
        Assert.Equal("/there/base.gguf", spec.Files.Single());
        await File.WriteAllTextAsync(Path.Combine(spec.OutputFolder, "config.json"), "{}");
        Assert.Equal(Path.Combine(spec.OutputFolder, "config.json"), Folder.OutputOf("config.json"));
    }

    [Fact]
    public async Task AFileThatIsNoInputIsRefused()
    {
        var conversion = new ConversionSpec
        {
            Format = ConversionSpec.HuggingFace,
            Sources = new Dictionary<string, string> { ["config.json"] = "/etc/passwd" },
        };
        var error = await Assert.ThrowsAsync<EngineException>(() => StageAsync(new TaskSpec { Output = "model.gguf", Conversion = conversion }));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    private WorkFolder Folder => new(_root.Path, "1.convert");

    private Task<TaskSpec> StageAsync(TaskSpec spec)
    {
        var options = new EngineOptions
        {
            StoreDirectory = _root.Path,
            RuntimeDirectory = _root.Path,
            RunnerPath = "/none",
        };
        var order = new WorkOrder
        {
            Id = Folder.Id,
            Kind = RunnerKinds.Convert,
            Parameters = JsonSerializer.Serialize(spec, TaskJson.Default.TaskSpec),
            Inputs = [WorkInput.Of("source-1", "/there/a b.json"), WorkInput.Of("tokenizer", "/there/tok.bin"), WorkInput.Of("base", "/there/base.gguf")],
            Outputs = ["model.gguf"],
        };
        return TaskStaging.SpecAsync(order, Folder, options, CancellationToken.None);
    }
}
