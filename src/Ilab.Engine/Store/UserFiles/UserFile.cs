using Ilab.Engine.Store.Content;

namespace Ilab.Engine.Store.UserFiles;

/// <summary>A file that a user uploaded.</summary>
/// <param name="Name">As it was called where it came from.</param>
/// <param name="Purpose">What it is for, in the words of the API it came by.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Expires">Null = it stays until it is removed.</param>
public sealed record UserFile(string Id, uint Uid, string Name, string Purpose, Digest Digest, long Size, DateTimeOffset Created, DateTimeOffset? Expires);
