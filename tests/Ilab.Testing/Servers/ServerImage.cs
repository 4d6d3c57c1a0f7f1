using System.Diagnostics;
using System.Formats.Tar;
using System.Security.Cryptography;

namespace Ilab.Testing.Servers;

/// <summary>An image that holds one program of this machine and the libraries that it needs: nothing is pulled.</summary>
internal static class ServerImage
{
    /// <summary>Makes it where the engine does not have it yet.</summary>
    /// <returns>Name and tag.</returns>
    public static async Task<string> MakeAsync(ContainerEngine engine, ServerSpec spec)
    {
        var (repository, tag) = ($"ilab-test-{spec.Name}", Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(spec.Program)))[..16]);
        if (!await engine.HasAsync($"{repository}:{tag}"))
        {
            using var tar = new MemoryStream();
            await using (var writer = new TarWriter(tar, leaveOpen: true))
            {
                foreach (var file in await LibrariesAsync(spec.Program))
                {
                    await AddAsync(writer, file);
                }

                await AddAsync(writer, spec.Program);
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, "tmp/") { Mode = (UnixFileMode)0x3FF });
            }

            tar.Position = 0;
            await engine.ImportAsync(repository, tag, tar);
        }

        return $"{repository}:{tag}";
    }

    private static async Task AddAsync(TarWriter writer, string file)
    {
        await using var content = File.OpenRead(file);
        await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, file.TrimStart('/')) { Mode = (UnixFileMode)0x1ED, DataStream = content });
    }

    /// <summary>What the loader of this machine would load.</summary>
    private static async Task<IReadOnlyList<string>> LibrariesAsync(string program)
    {
        using var process = Process.Start(new ProcessStartInfo("ldd", [program]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var lines = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return
        [
            .. lines.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(static word => word.StartsWith('/') && File.Exists(word)).Distinct(),
        ];
    }
}
