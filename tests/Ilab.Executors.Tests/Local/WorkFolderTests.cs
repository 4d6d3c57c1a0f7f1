using Ilab.Engine.Workloads.Execution;
using Ilab.Executors.Local;
using Ilab.Runner.Contract.Bundles;
using Ilab.Runner.Contract.Tasks;
using Ilab.Testing;

namespace Ilab.Executors.Tests.Local;

/// <summary>What the files of a job say about its work.</summary>
public sealed class WorkFolderTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void ASpecThatAKilledServiceWroteBeforeItAcceptedTheWorkIsNoWork()
    {
        Assert.Null(WithSpec("1.convert").Accepted);
        Assert.Empty(WorkFolder.All(_root.Path));
    }

    [Theory]
    [InlineData("1.quantize", RunnerKinds.Quantize)]
    [InlineData("1.merge", RunnerKinds.Merge)]
    [InlineData("1.before", RunnerKinds.Perplexity)]
    [InlineData("1.after", RunnerKinds.Perplexity)]
    public void WorkOfServicesThatKeptNoOrdersIsKnownByItsSpec(string id, string kind) => Assert.Equal(kind, WithSpec(id).Accepted?.Kind);

    [Fact]
    public void AllWorkThatWasAcceptedIsListedAndNothingElse()
    {
        foreach (var id in new[] { "1.convert", "2.train", "2.quantize" })
        {
            new WorkFolder(_root.Path, id).Accept(new AcceptedWork("kind", 0, null), new TaskSpec(), TaskJson.Default.TaskSpec);
        }

        _root.File("1/Notes.order", "");
        _root.File("2/train/3.order", "");
        Assert.Equal(["1.convert", "2.quantize", "2.train"], WorkFolder.All(_root.Path).Order());
    }

    [Fact]
    public void WorkThatIsRemovedIsGoneWithEverything()
    {
        var folder = new WorkFolder(_root.Path, "1.convert");
        folder.Accept(new AcceptedWork(RunnerKinds.Convert, 0, null), new TaskSpec(), TaskJson.Default.TaskSpec);
        File.WriteAllText(folder.FileOf("model.gguf"), "");
        folder.Journal.Append(new WorkEvent { Kind = WorkEventKind.Started });
        folder.Cancel();
        folder.Delete();
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_root.Path, "1")));
    }

    private WorkFolder WithSpec(string id)
    {
        var folder = new WorkFolder(_root.Path, id);
        folder.Bundle.Create();
        folder.Bundle.Write(BundleFiles.Spec, new TaskSpec(), TaskJson.Default.TaskSpec);
        return folder;
    }
}
