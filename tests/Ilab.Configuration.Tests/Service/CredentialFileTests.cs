using Ilab.Configuration.Settings;

namespace Ilab.Configuration.Tests.Service;

public sealed class CredentialFileTests
{
    [Fact]
    public void APathIsMadeAbsoluteAndACredentialLooksLikeOne()
    {
        Assert.Equal(Path.GetFullPath("a.pem"), Values.File("a.pem", "/run/credentials"));
        Assert.Equal("/run/credentials/cert", Values.File("credential:cert", "/run/credentials"));
    }

    [Theory]
    [InlineData("credential:", "/run/credentials")]
    [InlineData("credential:../cert", "/run/credentials")]
    [InlineData("credential:cert", null)]
    [InlineData("credential:cert", "")]
    public void WhatIsNoneIsRefused(string text, string? folder) => Assert.Throws<FormatException>(() => Values.File(text, folder));
}
