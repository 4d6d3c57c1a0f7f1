using Grpc.Core;
using Ilab.Api.V1;
using Ilab.Daemon.Hosting;

namespace Ilab.Daemon.Services.Host;

internal sealed partial class SystemEndpoints
{
    /// <summary>The llama.cpp version used by runners of this build.</summary>
    private const string NativeVersion = "llama.cpp 0.5.0";

    private static readonly VersionResponse Answer = new()
    {
        Version = BuildInfo.Version,
        Commit = BuildInfo.Commit,
        Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        Os = OsText,
        Native = NativeVersion,
        Pid = Environment.ProcessId,
        Capabilities = { "generate", "attach", "tokenize", "import", "upload", "download" },
    };

    public override Task<VersionResponse> Version(VersionRequest request, ServerCallContext context) => Task.FromResult(Answer);
}
