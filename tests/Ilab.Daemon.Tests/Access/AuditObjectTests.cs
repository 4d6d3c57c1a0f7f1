using Ilab.Api.V1;
using Ilab.Daemon.Access;

namespace Ilab.Daemon.Tests.Access;

/// <summary>The audit log names what a call is about, and holds no credential and no text of users.</summary>
public sealed class AuditObjectTests
{
    private const string Secret = "hf_secret";

    [Fact]
    public void ObjectsAreNamed()
    {
        Assert.Equal("reference=base force", AuditObject.Of(new RemoveModelRequest { Reference = "base", Force = true }));
        Assert.Equal("source=a target=b", AuditObject.Of(new TagModelRequest { Source = "a", Target = "b" }));
        Assert.Equal("", AuditObject.Of(null));
        Assert.Equal(
            "name=base",
            AuditObject.Of(
                new GenerateRequest
                {
                    Model = new ModelSelector { Name = "base" },
                    Prompt = Secret,
                }
            )
        );
        Assert.Equal("name=k uid=0", AuditObject.Of(new RemoveSecretRequest { Name = "k", Uid = 0 }));
        Assert.Equal("name=k", AuditObject.Of(new RemoveSecretRequest { Name = "k" }));
    }

    [Fact]
    public void CredentialsAreLeftOut()
    {
        string[] objects =
        [
            AuditObject.Of(new DownloadModelRequest { Source = $"https://user:{Secret}@host/m.gguf?token={Secret}", Token = Secret }),
            AuditObject.Of(new CreateSecretRequest { Name = "k", Value = Secret }),
            AuditObject.Of(
                new GenerateDataRequest
                {
                    Options = new GenerateDataOptions
                    {
                        Name = "d",
                        Teacher = new Teacher
                        {
                            Model = "big",
                            Url = $"https://{Secret}@host/v1",
                            Key = Secret,
                        },
                    },
                }
            ),
        ];
        Assert.Equal(["source=https://host/m.gguf", "name=k", "name=d url=https://host/v1"], objects);
    }
}
