using System.Buffers.Binary;
using Google.Protobuf;
using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Client;
using Ilab.Client.Connections;
using Ilab.Client.Errors;
using Ilab.Testing;
using Ilab.Testing.Models;

namespace Ilab.Integration.Tests;

/// <summary>A thousand headers that somebody tampered with, sent to one service: it says no to each, keeps nothing of them, and goes on.</summary>
[Trait("Category", "SameForEveryUser")]
public sealed class HostileHeaderTests : IAsyncLifetime
{
    private const int Rounds = 500;

    private readonly IlabInstallation _ilab = new();

    public Task InitializeAsync() => _ilab.StartAsync();

    public async Task DisposeAsync() => await _ilab.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AThousandMutations(bool upload)
    {
        var file = Path.Combine(_ilab.Root, "mutant.gguf");
        RandomLlama.Write(file, LlamaShape.Smallest, "small");
        var original = await File.ReadAllBytesAsync(file);
        var random = new Random(upload ? 11 : 12);
        using var client = IlabClient.Create(new Endpoint(EndpointScheme.Unix, _ilab.Socket));
        var refused = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = Mutate(original, random);
            try
            {
                await (upload ? UploadAsync(client, bytes) : ImportAsync(client, file, bytes));
            }
            catch (IlabException exception)
            {
                refused++;
                Assert.Equal(ErrorKind.InvalidModel, exception.Kind);
                Assert.DoesNotContain('\n', exception.Message);
            }
        }

        Assert.InRange(refused, Rounds / 4, Rounds);
        foreach (var name in (await _ilab.RunAsync("model", "ls", "-q")).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct())
        {
            (await _ilab.RunAsync("model", "rm", "--force", name)).Expect(0);
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(_ilab.Root, "store", "content"), "*", SearchOption.AllDirectories));
        await File.WriteAllBytesAsync(file, original);
        (await _ilab.RunAsync("model", "import", file, "--name", "sound")).Expect(0);
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        const int Header = 6000; // where a change can do harm: what comes behind are weights
        var bytes = (byte[])original.Clone();
        for (var change = random.Next(1, 6); change > 0; change--)
        {
            var at = random.Next(Math.Min(Header, bytes.Length));
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1 when at + 8 <= bytes.Length:
                    BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), random.NextInt64(long.MinValue, long.MaxValue));
                    break;
                case 2 when at + 4 <= bytes.Length:
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), random.Next(64));
                    break;
                default:
                    bytes = bytes[..Math.Max(random.Next(bytes.Length), 1)];
                    break;
            }
        }

        return bytes;
    }

    private static async Task ImportAsync(IlabClient client, string file, byte[] bytes)
    {
        await File.WriteAllBytesAsync(file + ".next", bytes);
        File.Move(file + ".next", file, overwrite: true); // a linked one keeps its bytes
        using var call = client.Models.Import(new ImportModelRequest { Path = file, Replace = true });
        await foreach (var _ in call.ResponseStream.ReadAllAsync())
        {
            // Only the end counts.
        }
    }

    private static async Task UploadAsync(IlabClient client, byte[] bytes)
    {
        using var call = client.Models.Upload();
        try
        {
            await call.RequestStream.WriteAsync(
                new UploadModelRequest
                {
                    Start = new UploadStart
                    {
                        FileName = "mutant.gguf",
                        Size = (ulong)bytes.Length,
                        Replace = true,
                    },
                }
            );
            await call.RequestStream.WriteAsync(new UploadModelRequest { Chunk = ByteString.CopyFrom(bytes) });
            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // It said no before everything was sent.
        }

        await foreach (var _ in call.ResponseStream.ReadAllAsync())
        {
            // Only the end counts.
        }
    }
}
