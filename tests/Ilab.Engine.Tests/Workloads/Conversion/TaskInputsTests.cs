using Ilab.Engine.Errors;
using Ilab.Engine.Store.Content;
using Ilab.Engine.Workloads.Conversion;
using Ilab.Posix.Processes;
using Ilab.Testing;
using Microsoft.Win32.SafeHandles;

namespace Ilab.Engine.Tests.Workloads.Conversion;

/// <summary>What a worker opens by its path is what was opened with the caller's rights, wherever the caller's path leads by then.</summary>
public sealed class TaskInputsTests : ICallerFiles, IDisposable
{
    private const uint Stranger = 54321;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AStrangersFileStaysTheOneThatWasOpened()
    {
        var path = _folder.File("caller/config.json", "the caller's own");
        var secret = _folder.File("secret", "of somebody else");
        using var file = Open(path, Stranger);
        var input = Inputs(Stranger).Take(file, path, "source-1");
        File.Delete(path);
        File.CreateSymbolicLink(path, secret);
        Assert.Equal("the caller's own", await File.ReadAllTextAsync(input.File!));
    }

    [Fact]
    public async Task AnAttemptThatBeganBeforeIsReplaced()
    {
        foreach (var text in new[] { "first", "second" })
        {
            var path = _folder.File(text, text);
            using var file = Open(path, Stranger);
            Assert.Equal(text, await File.ReadAllTextAsync(Inputs(Stranger).Take(file, path, "source-1").File!));
        }
    }

    [Fact]
    public void TheServicesOwnUserNeedsNoOtherName()
    {
        var path = _folder.File("caller/config.json", "{}");
        using var file = Open(path, CurrentProcess.EffectiveUser);
        Assert.Equal(path, Inputs(CurrentProcess.EffectiveUser).Take(file, path, "source-1").File);
    }

    [Fact]
    public void WhatWasTakenGoesAndTheCallersFileStays()
    {
        var path = _folder.File("caller/config.json", "{}");
        using var file = Open(path, Stranger);
        var input = Inputs(Stranger).Take(file, path, "source-1");
        Inputs(Stranger).RemoveTaken();
        Assert.False(File.Exists(input.File));
        Assert.True(File.Exists(path));
        Inputs(Stranger).RemoveTaken();
    }

    public SafeFileHandle Open(string path, uint uid) =>
        File.Exists(path) ? File.OpenHandle(path) : throw new EngineException(ErrorKind.NotFound, $"{path} is not there");

    private TaskInputs Inputs(uint uid) => new(Directory.CreateDirectory(Path.Combine(_folder.Path, "job")).FullName, this, uid);
}
