namespace Ilab.Engine.Events;

/// <summary>Progress of a transfer; sizes in bytes, or in <paramref name="Unit"/>.</summary>
public readonly record struct Transfer(string Item, string Phase, long Done, long Total, double BytesPerSecond, string Unit = "", string Detail = "");
