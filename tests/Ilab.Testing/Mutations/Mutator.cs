using System.Buffers.Binary;
using System.Text;

namespace Ilab.Testing.Mutations;

/// <summary>A damaged copy of a file.</summary>
/// <param name="Number">Counted from 0; the same number of the same file is always the same damage.</param>
/// <param name="Kind">What was done to it.</param>
public sealed record Mutation(int Number, string Kind, byte[] Bytes);

/// <summary>Damages files in the ways that disks, transfers, editors and strangers damage them. Deterministic: a seed, a file, the same copies.</summary>
public static class Mutator
{
    private const int Longest = 1 << 20;

    private static readonly string[] Numbers =
    [
        "-1",
        "0",
        "4294967296",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551616",
        "1e999",
        "-0.0",
        "1.5",
        "NaN",
        "Infinity",
        new('9', 5000),
    ];

    private static readonly ulong[] Integers = [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, ulong.MaxValue, 1UL << 40];

    private static readonly string[] Values = ["null", "[]", "{}", "true", "7", "\"\"", "[null]", "{\"\":null}", "\"\\ud800\"", "\"a\\u0000b\\n\""];

    private static readonly string[] Openings = ["[", "{\"a\":", "- ", "(", "{% if a %}", "{{", "\"\"\"", "\n "];

    private static readonly (string Kind, Func<Random, byte[], byte[]> Change)[] Kinds =
    [
        ("flipped bits", Flip),
        ("cut off", static (random, bytes) => bytes[..random.Next(bytes.Length)]),
        ("bytes inserted", static (random, bytes) => Replace(bytes, random.Next(bytes.Length + 1), 0, Noise(random, random.Next(1, 40)))),
        ("block removed", static (random, bytes) => Block(random, bytes, static (at, length, all) => Replace(all, at, length, []))),
        ("block duplicated", static (random, bytes) => Block(random, bytes, static (at, length, all) => Replace(all, at, 0, all[at..(at + length)]))),
        ("block zeroed", static (random, bytes) => Block(random, bytes, static (at, length, all) => Replace(all, at, length, new byte[length]))),
        ("blocks swapped", Swap),
        ("extreme number", Number),
        ("extreme integer", Integer),
        ("other value", Value),
        ("deep nesting", static (random, bytes) => Replace(bytes, random.Next(bytes.Length + 1), 0, Nested(random))),
        ("long run", static (random, bytes) => Replace(bytes, random.Next(bytes.Length + 1), 0, Run(random, bytes))),
    ];

    /// <param name="original">A valid file, not empty.</param>
    public static IEnumerable<Mutation> Of(byte[] original, int count = 200, int seed = 20261129)
    {
        for (var number = 0; number < count; number++)
        {
            var random = new Random((seed * 1009) + number);
            var (kind, change) = Kinds[number % Kinds.Length];
            var bytes = change(random, original);
            if (bytes.Length > 0 && random.Next(3) == 0)
            {
                bytes = Flip(random, bytes); // damage seldom comes alone
            }

            yield return new Mutation(number, kind, bytes);
        }
    }

    private static byte[] Flip(Random random, byte[] bytes)
    {
        var copy = (byte[])bytes.Clone();
        for (var flips = random.Next(1, 8); flips > 0; flips--)
        {
            copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
        }

        return copy;
    }

    private static byte[] Block(Random random, byte[] bytes, Func<int, int, byte[], byte[]> change)
    {
        var at = random.Next(bytes.Length);
        return change(at, random.Next(1, Math.Min(bytes.Length - at, 4096) + 1), bytes);
    }

    private static byte[] Swap(Random random, byte[] bytes)
    {
        var length = random.Next(1, Math.Min(Math.Max(bytes.Length / 3, 1), 2048) + 1);
        var (first, second) = (random.Next(bytes.Length - length + 1), random.Next(bytes.Length - length + 1));
        var copy = Replace(bytes, first, length, bytes[second..(second + length)]);
        return Replace(copy, second, length, bytes[first..(first + length)]);
    }

    /// <summary>A number that is written in digits becomes another one.</summary>
    private static byte[] Number(Random random, byte[] bytes)
    {
        var at = random.Next(bytes.Length);
        var digit = bytes.AsSpan(at).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (digit < 0)
        {
            return Integer(random, bytes);
        }

        at += digit;
        var length = bytes.AsSpan(at).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return Replace(bytes, at, length < 0 ? bytes.Length - at : length, Text(random, Numbers));
    }

    /// <summary>Four or eight bytes in a row become another integer, as a length or an offset may be.</summary>
    private static byte[] Integer(Random random, byte[] bytes)
    {
        var number = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, Integers[random.Next(Integers.Length)]);
        var length = Math.Min(random.Next(2) == 0 ? 4 : 8, bytes.Length);

        // Lengths and counts stand at the beginning of files.
        var at = random.Next(2) == 0 ? random.Next(Math.Min(bytes.Length - length + 1, 64)) : random.Next(bytes.Length - length + 1);
        return Replace(bytes, at, length, number[..length]);
    }

    /// <summary>What is between two quotation marks, or after a colon, becomes a value of another kind.</summary>
    private static byte[] Value(Random random, byte[] bytes)
    {
        var at = random.Next(bytes.Length);
        var colon = bytes.AsSpan(at).IndexOf((byte)':');
        at = colon < 0 ? at : at + colon + 1;
        var length = bytes.AsSpan(at).IndexOfAny(",}]\n"u8);
        return Replace(bytes, at, length < 0 ? bytes.Length - at : length, Text(random, Values));
    }

    private static byte[] Nested(Random random)
    {
        var opening = Text(random, Openings);
        return [.. Enumerable.Repeat(opening, random.Next(50, 20_000)).SelectMany(static part => part)];
    }

    private static byte[] Run(Random random, byte[] bytes)
    {
        var at = random.Next(bytes.Length);
        var piece = random.Next(2) == 0 ? [(byte)random.Next(32, 127)] : bytes[at..Math.Min(bytes.Length, at + random.Next(1, 400))];
        return [.. Enumerable.Repeat(piece, random.Next(1000, Longest) / piece.Length).SelectMany(static part => part)];
    }

    private static byte[] Text(Random random, string[] choices) => Encoding.UTF8.GetBytes(choices[random.Next(choices.Length)]);

    private static byte[] Noise(Random random, int length)
    {
        var noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }

    private static byte[] Replace(byte[] bytes, int at, int length, byte[] by) => [.. bytes.AsSpan(0, at), .. by, .. bytes.AsSpan(at + length)];
}
