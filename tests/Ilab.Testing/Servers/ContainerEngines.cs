namespace Ilab.Testing.Servers;

/// <summary>Whether containers can be used here.</summary>
public static class ContainerEngines
{
    /// <summary>Within a second.</summary>
    public static async Task<bool> AnswersAsync() => await ContainerEngine.FindAsync() is not null;
}
