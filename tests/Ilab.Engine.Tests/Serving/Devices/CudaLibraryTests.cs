using Ilab.Engine.Serving.Devices;
using Ilab.Testing.Gpu;

namespace Ilab.Engine.Tests.Serving.Devices;

public sealed class CudaLibraryTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("ilab-cuda-").FullName, "libggml-cuda.so");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void Runtime_and_code_are_found_wherever_they_lie()
    {
        // Behind the first window, and across the edge of one: it is read in pieces of 1 MiB.
        File.WriteAllBytes(_file, new byte[(1 << 20) - 6]);
        FakeGpu.AddCode(_file, 13, (IsPtx: false, 86), (IsPtx: true, 90));
        File.AppendAllBytes(_file, new byte[3 << 20]);
        File.AppendAllBytes(_file, FakeGpu.Container((IsPtx: false, 120), (IsPtx: true, 75)));

        var library = CudaLibrary.Read(_file);

        Assert.Equal(13, library.CudaMajor);
        Assert.Equal("7.5 (PTX), 8.6, 9.0 (PTX), 12.0", string.Join(", ", library.Codes));
    }

    [Theory]
    [InlineData("8.6", true, true)]
    [InlineData("8.9", true, true)] // machine code of 8.6 runs on later cards of its generation
    [InlineData("8.0", false, false)]
    [InlineData("9.0", true, false)] // the driver compiles PTX
    [InlineData("10.0", true, false)]
    [InlineData("12.0", true, true)]
    [InlineData("12.1", true, false)] // machine code of 12.0 is for that card alone
    [InlineData("7.5", false, false)]
    public void What_runs_on_a_card_follows_from_the_code(string capability, bool runs, bool compiled)
    {
        var library = new CudaLibrary(13, [new CudaCode(false, 8, 6), new CudaCode(true, 9, 0), new CudaCode(false, 12, 0)]);
        Assert.Equal((runs, compiled), (library.RunsOn(Version.Parse(capability)), library.IsCompiledFor(Version.Parse(capability))));
    }

    [Fact]
    public void A_file_without_code_is_not_judged()
    {
        File.WriteAllText(_file, "");
        var library = CudaLibrary.Read(_file);
        Assert.Equal((0, 0), (library.CudaMajor, library.Codes.Count));
        Assert.True(library.RunsOn(new Version(9, 0)));
    }

    [Fact]
    public void A_container_that_is_cut_off_or_claims_too_much_ends_the_reading_of_it()
    {
        var whole = FakeGpu.Container((IsPtx: true, 75), (IsPtx: true, 80));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_file, whole[..length]);
            Assert.Empty(CudaLibrary.Read(_file).Codes);
        }

        whole[16 + 8 + 6] = 0xFF; // the size of the first entry's code
        File.WriteAllBytes(_file, whole);
        Assert.Empty(CudaLibrary.Read(_file).Codes);
    }
}
